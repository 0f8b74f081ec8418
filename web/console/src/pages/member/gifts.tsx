import { useState } from 'react';
import { Button, Input, Modal } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Reservation } from '@danggol/api';
import { cancelGift } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';

function CancelDialog({ id, gift, onClose }: { id: string; gift: Reservation; onClose: () => void }) {
  const t = useText();
  const [reason, setReason] = useState('');
  const [key] = useState(newIdempotencyKey);
  const cancel = useMutation({
    mutationFn: () => cancelGift(gift.id, reason.trim(), key),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['member', id] });
      void queries.invalidateQueries({ queryKey: ask.gifts().queryKey });
      onClose();
    },
  });
  return (
    <Modal open onCancel={onClose} title={t('gifts.cancel_title', { name: gift.name })} footer={null} width={420}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim()) cancel.mutate();
        }}
      >
        <p className="soft">{t('gifts.cancel_lead', { points: t('unit.points', { n: gift.points }) })}</p>
        <Field label={t('adjust.reason')}>{(control) => <Input {...control} autoFocus maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />}</Field>
        {cancel.isError ? <Trouble error={cancel.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.close')}</Button>
          <Button danger type="primary" htmlType="submit" disabled={!reason.trim()} loading={cancel.isPending}>
            {t('gifts.cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** The gifts that a member has put aside, and those that she had. */
export function MemberGifts({ id }: { id: string }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [cancelling, setCancelling] = useState<Reservation | null>(null);
  const found = useQuery(ask.memberGifts(id));
  const items = found.data?.items ?? [];
  const waiting = items.filter((gift) => gift.state === 'reserved');
  const others = items.filter((gift) => gift.state !== 'reserved');
  const due = (gift: Reservation) => (gift.expires_at ? t('gifts.until', { date: format.date(gift.expires_at) }) : t('gifts.to_send'));
  return (
    <section className="section" aria-label={t('gifts.of_hers')}>
      <h2>{t('gifts.of_hers')}</h2>
      {found.isPending ? <Bones lines={2} /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isSuccess && waiting.length === 0 ? <p className="soft">{t('gifts.none_of_hers')}</p> : null}
      <ul className="member-coupons">
        {waiting.map((gift) => (
          <li key={gift.id}>
            <span>
              <strong>{gift.name}</strong> <span className="soft small">{[gift.store, t('unit.points', { n: gift.points }), gift.amount_minor > 0 ? `+ ${format.money(gift.amount_minor)}` : ''].filter(Boolean).join(' · ')}</span>
              <span className="faint small"> · {[due(gift), gift.code ?? (gift.code_tail ? `…${gift.code_tail}` : '')].filter(Boolean).join(' · ')}</span>
            </span>
            {may(user.role, 'sell') ? (
              <Button size="small" onClick={() => setCancelling(gift)} aria-label={`${t('gifts.cancel')}: ${gift.name}`}>
                {t('gifts.cancel')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {others.length > 0 ? (
        <details className="small">
          <summary className="soft">{t('coupons.others', { n: others.length })}</summary>
          <ul className="member-coupons">
            {others.map((gift) => (
              <li key={gift.id}>
                <span>
                  {gift.name}{' '}
                  <span className="soft">
                    {t(`gifts.state.${gift.state}`)} · {format.date(gift.handed_at ?? gift.reserved_at)}
                  </span>
                </span>
                {gift.state === 'handed' && may(user.role, 'adjust') ? (
                  <Button size="small" onClick={() => setCancelling(gift)} aria-label={`${t('gifts.take_back')}: ${gift.name}`}>
                    {t('gifts.take_back')}
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      {cancelling ? <CancelDialog id={id} gift={cancelling} onClose={() => setCancelling(null)} /> : null}
    </section>
  );
}
