import { useState } from 'react';
import { Button } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { Purchase } from '@danggol/api';
import type { PurchaseAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { More } from '../../parts/more';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';
import { channelText, tenderText } from '../../text/names';
import { askedWords } from './records';
import { ReturnDialog } from './return-dialog';

function Lines({ purchase }: { purchase: Purchase }) {
  const t = useText();
  const format = useFormat();
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t('purchase.lines')}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('purchase.item')}</th>
            <th scope="col">{t('purchase.category')}</th>
            <th scope="col" className="number">
              {t('purchase.quantity')}
            </th>
            <th scope="col" className="number">
              {t('purchase.amount')} ({format.currencySign})
            </th>
          </tr>
        </thead>
        <tbody>
          {purchase.lines.map((line) => (
            <tr key={line.line}>
              <td>
                {line.name ?? line.sku} {line.name ? <span className="faint small">{line.sku}</span> : null}
                {line.kind !== 'sale' ? <span className="mark moment-mark">{t(`line.${line.kind}`)}</span> : null}
              </td>
              <td className="soft">{line.category ?? '–'}</td>
              <td className="number">
                {format.number(line.quantity)}
                {line.returned_quantity > 0 ? <div className="loss small">{t('purchase.line_returned', { n: line.returned_quantity })}</div> : null}
              </td>
              <td className="number">{format.amount(line.amount_minor)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PurchaseCard({ purchase, onReturn }: { purchase: Purchase; onReturn: () => void }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const channel = channelText(purchase.channel);
  const where = [purchase.store, channel ? t(channel) : purchase.channel, purchase.staff].filter(Boolean).join(' · ');
  const facts = [
    purchase.discount_minor > 0 ? t('purchase.discount', { amount: format.money(purchase.discount_minor) }) : null,
    ...purchase.offers.map((offer) => (offer.off_minor > 0 ? `${offer.name} ${format.money(-offer.off_minor)}` : offer.name)),
    purchase.redeemed_points > 0 ? t('purchase.redeemed', { points: purchase.redeemed_points, amount: format.money(purchase.redeemed_minor) }) : null,
    purchase.returned_minor > 0 ? t('purchase.returned_amount', { amount: format.money(purchase.returned_minor) }) : null,
    purchase.points_taken_back > 0 ? t('purchase.taken_back', { n: purchase.points_taken_back }) : null,
    purchase.kind === 'history' ? t('purchase.history') : null,
    ...purchase.tenders.map((tender) => `${t(tenderText[tender.kind])} ${format.money(tender.amount_minor)}`),
  ].filter((fact) => fact !== null);
  return (
    <li>
      <details className="purchase">
        <summary>
          <span className="purchase-when">{format.dateTime(purchase.occurred_at)}</span>
          <span className="purchase-where soft">{where}</span>
          <span className="purchase-marks">{purchase.returned !== 'none' ? <span className="mark mark-warn">{t(`returned.${purchase.returned}`)}</span> : null}</span>
          <span className="number gain">{purchase.points_given > 0 ? t('points.signed', { n: format.signed(purchase.points_given) }) : ''}</span>
          <strong className="number">{format.money(purchase.amount_minor)}</strong>
        </summary>
        <div className="purchase-open">
          <Lines purchase={purchase} />
          <div className="section-head">
            <p className="soft small">{[purchase.external_no ? t('purchase.number', { number: purchase.external_no }) : null, ...facts].filter(Boolean).join(' · ')}</p>
            {may(user.role, 'sell') && purchase.returned !== 'wholly' ? <Button onClick={onReturn}>{t('return.open')}</Button> : null}
          </div>
        </div>
      </details>
    </li>
  );
}

export function Purchases({ id, wanted, onAll }: { id: string; wanted: PurchaseAsk; onAll: () => void }) {
  const t = useText();
  const format = useFormat();
  const purchases = useInfiniteQuery(ask.purchases(id, wanted));
  const [returning, setReturning] = useState<Purchase | null>(null);
  if (purchases.isPending) return <Bones lines={5} tall />;
  if (purchases.isError) return <Trouble error={purchases.error} retry={() => void purchases.refetch()} />;
  const items = purchases.data.pages.flatMap((page) => page.items);
  const said = askedWords(wanted, t, format.date);
  const only = said ? (
    <div className="inline" role="status">
      <span>{t('records.only', { what: said })}</span>
      <Button size="small" onClick={onAll}>
        {t('records.all')}
      </Button>
    </div>
  ) : null;
  if (items.length === 0) {
    return (
      <>
        {only}
        <p className="soft">{t(said ? 'records.none' : 'purchase.none')}</p>
      </>
    );
  }
  return (
    <>
      {only}
      <ul className="purchases">
        {items.map((purchase) => (
          <PurchaseCard key={purchase.id} purchase={purchase} onReturn={() => setReturning(purchase)} />
        ))}
      </ul>
      <More when={purchases.hasNextPage && !purchases.isFetchingNextPage} ask={() => void purchases.fetchNextPage()} />
      {returning ? <ReturnDialog purchase={returning} onClose={() => setReturning(null)} /> : null}
    </>
  );
}
