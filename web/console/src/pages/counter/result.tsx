import { useEffect, useRef, useState } from 'react';
import { Button } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { PurchaseResult } from '@danggol/api';
import { returnPurchase } from '../../data/api';
import { queries } from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Trouble } from '../../parts/trouble';
import { FromHousehold } from './from-household';
import { valueOf } from './top-up';

interface Props {
  result: PurchaseResult;
  name: string | null;
  onNext: () => void;
}

/** What the purchase gave, large enough to turn the screen to the customer; Enter or Esc is ready for the next. */
export function Result({ result, name, onNext }: Props) {
  const t = useText();
  const format = useFormat();
  const next = useRef<HTMLButtonElement>(null);
  const [key] = useState(newIdempotencyKey);
  const byValue = result.purchase.tenders.filter((tender) => tender.kind === 'stored_value').reduce((sum, tender) => sum + tender.amount_minor, 0);
  const risen = result.tier_after && result.tier_after !== result.tier_before ? result.standing.tier?.name : null;
  const undo = useMutation({
    mutationFn: () => returnPurchase(result.purchase.id, { whole: true }, { dryRun: false, idempotencyKey: key }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['member', result.purchase.member_id] });
      void queries.invalidateQueries({ queryKey: ['members'] });
    },
  });
  useEffect(() => {
    next.current?.focus();
  }, []);
  return (
    <section
      className="done"
      aria-label={t('sale.done')}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onNext();
      }}
    >
      <div role="status" className="done-words">
        {undo.isSuccess ? (
          <p className="done-figure">{t('sale.undone')}</p>
        ) : (
          <>
            <p className="soft">{t(result.replayed ? 'sale.done_before' : 'sale.done_for', { name: name ?? t('member.nameless'), amount: format.money(result.purchase.amount_minor) })}</p>
            <p className="done-figure gain">{t('points.signed', { n: format.signed(result.points_earned) })}</p>
            {result.points_redeemed > 0 ? <p>{t('sale.redeemed', { n: result.points_redeemed, amount: format.money(result.purchase.redeemed_minor) })}</p> : null}
            {byValue > 0 ? <p>{t('sale.value_used', { amount: format.money(byValue), left: format.money(valueOf(result.standing)) })}</p> : null}
            <FromHousehold from={result.points_from_household} />
            <p className="done-balance">{t('sale.now_has', { n: result.standing.points.balance })}</p>
            {risen ? <p className="done-tier">{t('sale.now_is', { tier: risen })}</p> : null}
          </>
        )}
      </div>
      {undo.isError ? <Trouble error={undo.error} /> : null}
      <div className="inline">
        <Button ref={next} type="primary" className="sale-post" onClick={onNext}>
          {t('sale.next')} <kbd>Enter</kbd>
        </Button>
        {undo.isSuccess ? null : (
          <Button size="large" loading={undo.isPending} onClick={() => undo.mutate()}>
            {t('sale.undo')}
          </Button>
        )}
      </div>
    </section>
  );
}
