import { useState } from 'react';
import { App, Button, InputNumber, Modal, Segmented } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { NewReturn, Purchase } from '@danggol/api';
import { returnPurchase } from '../../data/api';
import { queries } from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';
import { useLater } from '../../parts/later';

/** Takes a purchase back, whole or by line, and shows what that does to the points before it is done. */
export function ReturnDialog({ purchase, onClose }: { purchase: Purchase; onClose: () => void }) {
  const t = useText();
  const format = useFormat();
  const { message } = App.useApp();
  const [whole, setWhole] = useState(true);
  const [quantities, setQuantities] = useState<Record<number, number>>({});
  const [key] = useState(newIdempotencyKey);
  const left = purchase.lines.filter((line) => line.quantity > line.returned_quantity);
  const lines = left.map((line) => ({ line: line.line, quantity: quantities[line.line] ?? 0 })).filter(({ quantity }) => quantity > 0);
  const body: NewReturn = whole ? { whole: true } : { lines };
  const ready = whole || lines.length > 0;
  const asked = useLater(JSON.stringify(body), 150);

  const effect = useQuery({
    queryKey: ['return-effect', purchase.id, asked],
    queryFn: () => returnPurchase(purchase.id, JSON.parse(asked) as NewReturn, { dryRun: true }),
    enabled: ready && asked === JSON.stringify(body),
    placeholderData: (before) => before,
    staleTime: 0,
    gcTime: 0,
  });
  const doReturn = useMutation({
    mutationFn: () => returnPurchase(purchase.id, body, { dryRun: false, idempotencyKey: key }),
    onSuccess: (result) => {
      void message.success(t('return.done', { amount: format.money(result.amount_minor) }));
      void queries.invalidateQueries({ queryKey: ['member', purchase.member_id] });
      void queries.invalidateQueries({ queryKey: ['members'] });
      onClose();
    },
  });

  return (
    <Modal
      open
      onCancel={onClose}
      title={t('return.title')}
      width={600}
      footer={
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" danger disabled={!ready || effect.isError} loading={doReturn.isPending} onClick={() => doReturn.mutate()}>
            {effect.data && ready ? t('return.confirm_amount', { amount: format.money(effect.data.amount_minor) }) : t('return.confirm')}
          </Button>
        </div>
      }
    >
      <div className="form">
        <p className="soft">
          {format.dateTime(purchase.occurred_at)} · {format.money(purchase.amount_minor)}
        </p>
        <Segmented<string>
          block
          value={whole ? 'whole' : 'part'}
          options={[
            { value: 'whole', label: t('return.whole') },
            { value: 'part', label: t('return.part') },
          ]}
          onChange={(value) => setWhole(value === 'whole')}
        />
        {whole ? null : (
          <ul className="return-lines">
            {left.map((line) => {
              const name = line.name ?? line.sku;
              const most = line.quantity - line.returned_quantity;
              return (
                <li key={line.line}>
                  <span>
                    {name}
                    <span className="faint small"> {t('return.most', { n: most })}</span>
                  </span>
                  <InputNumber
                    min={0}
                    max={most}
                    precision={0}
                    mode="spinner"
                    value={quantities[line.line] ?? 0}
                    aria-label={t('return.quantity_of', { name })}
                    onChange={(value) => setQuantities({ ...quantities, [line.line]: value ?? 0 })}
                  />
                </li>
              );
            })}
          </ul>
        )}
        <div className="effect" aria-live="polite">
          {!ready ? <p className="soft">{t('return.choose')}</p> : null}
          {ready && effect.isPending ? <Bones lines={2} /> : null}
          {ready && effect.isError ? <Trouble error={effect.error} /> : null}
          {ready && effect.data ? (
            <dl className="facts">
              <div>
                <dt>{t('return.amount')}</dt>
                <dd className="number">{format.money(effect.data.amount_minor)}</dd>
              </div>
              <div>
                <dt>{t('return.taken_back')}</dt>
                <dd className="number">{format.number(effect.data.points_taken_back)}</dd>
              </div>
              {effect.data.points_given_back > 0 ? (
                <div>
                  <dt>{t('return.given_back')}</dt>
                  <dd className="number">{format.number(effect.data.points_given_back)}</dd>
                </div>
              ) : null}
              {effect.data.value_principal_back_minor + effect.data.value_bonus_back_minor > 0 ? (
                <>
                  <div>
                    <dt>{t('return.value_back')}</dt>
                    <dd className="number">{format.money(effect.data.value_principal_back_minor + effect.data.value_bonus_back_minor)}</dd>
                  </div>
                  <div>
                    <dt>{t('return.refund')}</dt>
                    <dd className="number">{format.money(effect.data.refund_minor)}</dd>
                  </div>
                </>
              ) : null}
              {effect.data.coupons_given_back.length > 0 ? (
                <div>
                  <dt>{t('return.coupons_back')}</dt>
                  <dd className="number">{format.number(effect.data.coupons_given_back.length)}</dd>
                </div>
              ) : null}
              <div>
                <dt>{t('return.after')}</dt>
                <dd className="number">{format.number(effect.data.standing.points.balance)}</dd>
              </div>
              {effect.data.standing.points.debt > 0 ? <p className="notice">{t('return.debt', { n: effect.data.standing.points.debt })}</p> : null}
            </dl>
          ) : null}
        </div>
        {doReturn.isError ? <Trouble error={doReturn.error} /> : null}
      </div>
    </Modal>
  );
}
