import { useEffect, useRef, useState } from 'react';
import type { Savings, SavingsTier } from '@danggol/api';
import { useFormat, type Format } from '../../format';
import { useText, type T } from '../../language';
import { TierBadge } from '../../parts/tier-badge';
import './savings.css';

/** The tier that is spoken of first: the one above hers where it keeps more, for whoever is no member yet the one that she begins with; else the one that keeps most. */
export function firstSaid(tiers: SavingsTier[]): number {
  const held = tiers.findIndex((tier) => tier.is_held);
  const keeps = (at: number) => tiers[at]?.kept_minor ?? 0;
  const next = Math.min(held + 1, tiers.length - 1);
  if (keeps(next) > Math.max(keeps(held), 0)) return next;
  return tiers.reduce((most, tier, at) => (tier.kept_minor > keeps(most) ? at : most), Math.max(held, 0));
}

const called = (tier: SavingsTier, t: T) => tier.name ?? t('savings.a_member');

/** The one sentence on top. `isYear`: the period is the one that is asked for when nothing is said. */
export function sentence(savings: Savings, tier: SavingsTier, isYear: boolean, t: T, format: Format): string {
  const said = { tier: called(tier, t), amount: format.money(tier.kept_minor), points: t('unit.points', { n: tier.points }) };
  const { from, to } = savings;
  if (savings.purchases === 0) return t('savings.nothing_period');
  if (tier.kept_minor <= 0 && tier.points <= 0) return t('savings.nothing_kept', said);
  const earnsOnly = tier.kept_minor <= 0;
  if (!from || !to) return t(earnsOnly ? 'savings.basket_earned' : 'savings.basket_kept', said);
  if (isYear) return t(earnsOnly ? 'savings.year_earned' : 'savings.year_kept', said);
  return t(earnsOnly ? 'savings.period_earned' : 'savings.period_kept', { ...said, from: format.date(from), to: format.date(to) });
}

/** What is paid; where there is no room for a heading above it, it has its name beside it. */
function Paid({ minor }: { minor: number }) {
  const t = useText();
  const format = useFormat();
  return (
    <td className="number savings-paid" data-label={t('savings.pays')}>
      {format.money(minor)}
    </td>
  );
}

/** What is kept, and under it of what it consists. */
function Kept({ kept, bp, points, worth }: { kept: number; bp?: number; points: number; worth: number | null | undefined }) {
  const t = useText();
  const format = useFormat();
  const earned = t('unit.points', { n: points });
  return (
    <td className="number">
      <strong className={kept > 0 ? 'savings-kept gain' : 'savings-kept'}>{format.money(kept)}</strong>
      <span className="savings-of soft">
        {[bp ? format.percent(bp, 1) : null, points === 0 ? null : worth == null ? earned : t('savings.points_worth', { points: earned, amount: format.money(worth) })].filter(Boolean).join(' · ')}
      </span>
    </td>
  );
}

/** What gave it, in the brand's words. */
function Benefits({ tier }: { tier: SavingsTier }) {
  const t = useText();
  const format = useFormat();
  return (
    <section className="savings-how" aria-label={t('savings.how', { tier: called(tier, t) })}>
      <h2>{t('savings.how', { tier: called(tier, t) })}</h2>
      {tier.benefits.length === 0 ? <p className="soft">{t('savings.no_benefits')}</p> : null}
      <ul>
        {tier.benefits.map((one) => (
          <li key={`${one.kind}-${one.id}`}>
            <span>
              {one.name} <span className="soft small">{t('savings.times', { n: one.purchases })}</span>
            </span>
            <span className="number gain">{[one.off_minor > 0 ? format.money(-one.off_minor) : null, one.points > 0 ? t('points.signed', { n: format.signed(one.points) }) : null].filter(Boolean).join(' · ')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The screen that is turned to the customer: one sentence, and what each kind of customer pays and keeps. The arrow keys choose a tier. */
export function Board({ savings, isYear }: { savings: Savings; isYear: boolean }) {
  const t = useText();
  const format = useFormat();
  const board = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const { tiers, truth } = savings;
  const at = Math.min(chosen ?? firstSaid(tiers), tiers.length - 1);
  const tier = tiers[at];
  useEffect(() => board.current?.focus({ preventScroll: true }), []);
  if (!tier) return null;
  const keyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowDown') setChosen(Math.min(at + 1, tiers.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <div ref={board} className="savings-board" tabIndex={-1} onKeyDown={keyDown}>
      <p className="savings-said" role="status">
        {sentence(savings, tier, isYear, t, format)}
      </p>
      {savings.purchases === 0 ? null : (
        <>
          <table className="savings-rows">
            <thead>
              <tr>
                <th scope="col">{t('savings.who')}</th>
                <th scope="col" className="number">
                  {t('savings.pays')}
                </th>
                <th scope="col" className="number">
                  {t('savings.keeps')}
                </th>
              </tr>
            </thead>
            <tbody>
              <tr>
                <th scope="row">{t('savings.stranger')}</th>
                <Paid minor={savings.stranger_minor} />
                <td className="number soft">
                  <span aria-hidden="true">–</span>
                </td>
              </tr>
              {truth ? (
                <tr>
                  <th scope="row">{t('savings.truth')}</th>
                  <Paid minor={truth.paid_minor} />
                  <Kept kept={truth.kept_minor} points={truth.points} worth={truth.points_minor} />
                </tr>
              ) : null}
              {tiers.map((one, index) => (
                <tr key={one.code ?? ''} className={index === at ? 'savings-at' : undefined}>
                  <th scope="row">
                    <button type="button" className="plain-button savings-who" aria-pressed={index === at} onClick={() => setChosen(index)}>
                      {one.name ? <TierBadge name={one.name} /> : called(one, t)}
                    </button>
                    {one.is_held ? <span className="soft small"> {t('savings.now')}</span> : null}
                  </th>
                  <Paid minor={one.paid_minor} />
                  <Kept kept={one.kept_minor} bp={one.kept_bp} points={one.points} worth={one.points_minor} />
                </tr>
              ))}
            </tbody>
          </table>
          <p className="counter-keys small soft">
            <kbd>↑</kbd> <kbd>↓</kbd> {t('savings.keys')}
          </p>
          <Benefits tier={tier} />
          <p className="small soft">
            {t('savings.assumes', { n: savings.purchases })} {savings.reduced > 0 ? t('savings.reduced', { n: savings.reduced }) : null} {savings.complete ? null : t('savings.newest', { n: savings.purchases })}
          </p>
        </>
      )}
    </div>
  );
}
