import { useState } from 'react';
import { App, Button, Input, Modal } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Member } from '@danggol/api';
import { adjust } from '../../data/api';
import { queries } from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { useLater } from '../../parts/later';

/** Gives or takes points by hand: how many, why, and what the balance will be, before it is done. */
export function AdjustDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useText();
  const format = useFormat();
  const { message } = App.useApp();
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [key] = useState(newIdempotencyKey);
  const plain = typed.normalize('NFKC').replace(/[,\s]/g, '').replace(/[−–]/g, '-');
  const amount = /^[+-]?\d{1,12}$/.test(plain) ? Number(plain) : 0;
  const asked = useLater(amount, 200);
  const effect = useQuery({
    queryKey: ['adjust-effect', member.id, asked],
    queryFn: () => adjust(member.id, { asset: 'points', amount: asked, reason: reason.trim() || '…' }, { dryRun: true }),
    enabled: asked !== 0,
    staleTime: 0,
    gcTime: 0,
  });
  const doAdjust = useMutation({
    mutationFn: () => adjust(member.id, { asset: 'points', amount, reason: reason.trim() }, { dryRun: false, idempotencyKey: key }),
    onSuccess: () => {
      void message.success(t('adjust.done', { n: format.signed(amount) }));
      void queries.invalidateQueries({ queryKey: ['member', member.id] });
      void queries.invalidateQueries({ queryKey: ['members'] });
      onClose();
    },
  });
  return (
    <Modal open onCancel={onClose} title={t('adjust.title')} footer={null} width={480}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (amount !== 0 && reason.trim()) doAdjust.mutate();
        }}
      >
        <Field label={t('adjust.amount')} hint={t('adjust.amount_hint', { n: member.standing.points.balance })}>
          {(control) => <Input {...control} autoFocus size="large" inputMode="text" value={typed} onChange={(event) => setTyped(event.target.value)} />}
        </Field>
        <Field label={t('adjust.reason')} hint={t('adjust.reason_hint')}>
          {(control) => <Input {...control} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <div className="effect" aria-live="polite">
          {effect.isError ? <Trouble error={effect.error} /> : null}
          {effect.data && amount !== 0 ? <p>{t('adjust.effect', { before: member.standing.points.balance, after: effect.data.standing.points.balance })}</p> : null}
        </div>
        {doAdjust.isError ? <Trouble error={doAdjust.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={amount === 0 || !reason.trim() || effect.isError} loading={doAdjust.isPending}>
            {amount === 0 ? t('adjust.confirm') : t('adjust.confirm_n', { n: format.signed(amount) })}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
