import type { PurchaseResult } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { FromHousehold } from './from-household';

/** What this basket will cost and give, while it is being typed. */
export function Quote({ quote, total, byValue }: { quote: PurchaseResult | undefined; total: number; byValue: number }) {
  const t = useText();
  const format = useFormat();
  if (!quote) {
    return (
      <p className="quote quote-empty soft" role="status">
        {t('sale.quote_empty')}
      </p>
    );
  }
  const pay = quote.purchase.amount_minor - quote.purchase.redeemed_minor;
  const rises = quote.tier_after && quote.tier_after !== quote.tier_before ? quote.standing.tier?.name : null;
  return (
    <div className="quote" role="status">
      <dl className="quote-facts">
        {quote.purchase.redeemed_minor > 0 || pay !== total ? (
          <div>
            <dt>{t('sale.to_pay')}</dt>
            <dd>{format.money(pay)}</dd>
          </div>
        ) : null}
        {byValue > 0 ? (
          <>
            <div>
              <dt>{t('sale.value_paid')}</dt>
              <dd>{format.money(byValue)}</dd>
            </div>
            <div>
              <dt>{t('sale.value_rest')}</dt>
              <dd>{format.money(pay - byValue)}</dd>
            </div>
          </>
        ) : null}
        <div>
          <dt>{t('sale.earns')}</dt>
          <dd className="gain">{t('points.signed', { n: format.signed(quote.points_earned) })}</dd>
        </div>
        <div>
          <dt>{t('sale.balance_after')}</dt>
          <dd>{format.number(quote.standing.points.balance)}</dd>
        </div>
      </dl>
      {quote.purchase.offers.length > 0 ? (
        <ul className="quote-offers" aria-label={t('sale.offers')}>
          {quote.purchase.offers.map((offer) => (
            <li key={offer.coupon_id ?? offer.id}>
              <span>
                <strong>{offer.name}</strong> <span className="small soft">{offer.text}</span>
              </span>
              <span className="number gain">{offer.off_minor > 0 ? format.money(-offer.off_minor) : ''}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {quote.offers_passed_over.length > 0 ? (
        <details className="small">
          <summary className="soft">{t('sale.passed_over', { n: quote.offers_passed_over.length })}</summary>
          <ul className="quote-offers">
            {quote.offers_passed_over.map((offer) => (
              <li key={offer.coupon_id ?? offer.id}>
                <span>
                  {offer.name} <span className="soft">{offer.text}</span>
                </span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      <p className="small soft">{quote.entry.why.map((why) => why.text).join(' · ')}</p>
      <FromHousehold from={quote.points_from_household} />
      {rises ? <p className="quote-tier">{t('sale.will_be', { tier: rises })}</p> : null}
    </div>
  );
}
