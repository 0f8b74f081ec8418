import { useState } from 'react';
import { App, Button, Input, Modal, Segmented } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Member } from '@danggol/api';
import { codeImage, replaceCard } from '../../data/api';
import { isOpen } from '../../parts/close-dialog';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';

function ReplaceDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const [reason, setReason] = useState('');
  const replace = useMutation({
    mutationFn: () => replaceCard(member.id, reason.trim()),
    onSuccess: (changed) => {
      queries.setQueryData(ask.member(member.id).queryKey, changed);
      void message.success(t('card.replaced', { number: changed.card_no ?? '' }));
      onClose();
    },
  });
  return (
    <Modal open onCancel={onClose} title={t('card.replace')} footer={null} width={440}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim()) replace.mutate();
        }}
      >
        <p className="soft">{t('card.replace_lead')}</p>
        <Field label={t('card.reason')}>
          {(control) => <Input {...control} autoFocus value={reason} placeholder={t('card.reason_example')} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        {replace.isError ? <Trouble error={replace.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={!reason.trim()} loading={replace.isPending}>
            {t('card.replace')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** The card as a till reads it: barcode or QR, always on white, because scanners do not read dark mode. */
export function Card({ member }: { member: Member }) {
  const t = useText();
  const { user } = useSignedIn();
  const [kind, setKind] = useState<'barcode' | 'qr'>('barcode');
  const [replacing, setReplacing] = useState(false);
  if (!member.card_no) return null;
  return (
    <section className="section" aria-labelledby="card">
      <div className="section-head">
        <h2 id="card">{t('card.title')}</h2>
        {isOpen(member) && may(user.role, 'enrol') ? (
          <Button size="small" onClick={() => setReplacing(true)}>
            {t('card.replace')}
          </Button>
        ) : null}
      </div>
      <div className="card-face">
        <img className={kind === 'qr' ? 'card-qr' : 'card-bars'} src={`${codeImage(member.id, kind)}?${member.card_no}`} alt={t(kind === 'qr' ? 'card.qr_of' : 'card.barcode_of', { number: member.card_no })} />
        <span className="card-number">{member.card_no.replace(/(\d{4})(?=\d)/g, '$1 ')}</span>
      </div>
      <Segmented<'barcode' | 'qr'>
        block
        size="small"
        value={kind}
        aria-label={t('card.title')}
        options={[
          { value: 'barcode', label: t('card.barcode') },
          { value: 'qr', label: t('card.qr') },
        ]}
        onChange={setKind}
      />
      {replacing ? <ReplaceDialog member={member} onClose={() => setReplacing(false)} /> : null}
    </section>
  );
}
