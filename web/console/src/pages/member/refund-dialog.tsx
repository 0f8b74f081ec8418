import { useState } from 'react';
import { App, Button, Input, Modal, Select } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Member, NewRefund } from '@danggol/api';
import { refundValue } from '../../data/api';
import { queries } from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { useLater } from '../../parts/later';
import { MoneyField } from '../../parts/money-field';
import { Trouble } from '../../parts/trouble';
import { tenderText } from '../../text/names';
import { moneyTenders } from '../counter/top-up';

/** Pays out again what was paid in: what the rule takes back and what is to be paid out stand there before it is done. */
export function RefundDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useText();
  const format = useFormat();
  const { message } = App.useApp();
  const most = member.standing.value_principal.available;
  const [amount, setAmount] = useState<number | null>(most);
  const [tender, setTender] = useState<NewRefund['tender']>('cash');
  const [reason, setReason] = useState('');
  const [key] = useState(newIdempotencyKey);
  const body = (amount_minor: number): NewRefund => ({ amount_minor, tender, reason: reason.trim() || '…' });
  const asked = useLater(amount ?? 0, 200);
  const effect = useQuery({
    queryKey: ['refund-effect', member.id, asked],
    queryFn: () => refundValue(member.id, body(asked), { dryRun: true }),
    enabled: asked > 0,
    staleTime: 0,
    gcTime: 0,
  });
  const doRefund = useMutation({
    mutationFn: () => refundValue(member.id, body(amount ?? 0), { dryRun: false, idempotencyKey: key }),
    onSuccess: (result) => {
      void message.success(t('refund.done', { amount: format.money(result.paid_out_minor) }));
      void queries.invalidateQueries({ queryKey: ['member', member.id] });
      void queries.invalidateQueries({ queryKey: ['members'] });
      onClose();
    },
  });
  const ready = amount !== null && amount > 0 && reason.trim() !== '' && !effect.isError;
  const facts: [string, string][] = effect.data
    ? [
        [t('refund.bonus'), format.money(effect.data.bonus_taken_minor)],
        ...(effect.data.bonus_spent_minor > 0 ? ([[t('refund.spent'), format.money(effect.data.bonus_spent_minor)], [t('refund.deducted'), format.money(effect.data.deducted_minor)]] as [string, string][]) : []),
        ...(effect.data.points_taken > 0 ? ([[t('refund.points'), format.number(effect.data.points_taken)]] as [string, string][]) : []),
        [t('refund.paid_out'), format.money(effect.data.paid_out_minor)],
      ]
    : [];
  return (
    <Modal open onCancel={onClose} title={t('refund.title')} footer={null} width={480}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !doRefund.isPending) doRefund.mutate();
        }}
      >
        <Field label={t('refund.amount')} hint={t('refund.most', { amount: format.money(most) })}>
          {(control) => <MoneyField {...control} value={amount} onChange={setAmount} />}
        </Field>
        <Field label={t('refund.tender')}>
          {({ status: _status, ...control }) => <Select {...control} value={tender} options={moneyTenders.map((value) => ({ value, label: t(tenderText[value]) }))} onChange={(value: NewRefund['tender']) => setTender(value)} />}
        </Field>
        <Field label={t('refund.reason')}>{(control) => <Input {...control} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />}</Field>
        <div className="effect" aria-live="polite">
          {effect.isError ? <Trouble error={effect.error} /> : null}
          {effect.data && amount ? (
            <dl className="facts">
              {facts.map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd className="number">{value}</dd>
                </div>
              ))}
            </dl>
          ) : null}
        </div>
        {doRefund.isError ? <Trouble error={doRefund.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={!ready} loading={doRefund.isPending}>
            {effect.data && amount ? t('refund.confirm', { amount: format.money(effect.data.paid_out_minor) }) : t('refund.open')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
