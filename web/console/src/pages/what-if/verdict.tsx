import type { WhatIfResult } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Figure } from '../../parts/figure';

/** What it comes to: given, open, who moves, who gains and loses. */
export function Verdict({ result }: { result: WhatIfResult }) {
  const t = useText();
  const format = useFormat();
  const { in_force: now, planned } = result.total;
  const moved = (direction: 'up' | 'down') => result.tiers.filter((one) => one.direction === direction).reduce((sum, one) => sum + one.members, 0);
  const worth = planned.open_minor === null || planned.open_minor === undefined ? '' : ` · ${t('what_if.worth', { money: format.money(planned.open_minor) })}`;
  return (
    <>
      <p>{t('what_if.headline', { before: now.given - now.taken_back, after: planned.given - planned.taken_back, held: now.open, open: planned.open })}</p>
      <div className="figures">
        <Figure label={t('what_if.given')} value={format.number(planned.given)} note={`${format.signed(planned.given - now.given)} ${t('what_if.against')}`} />
        <Figure label={t('what_if.open')} value={format.number(planned.open)} note={`${format.signed(planned.open - now.open)} ${t('what_if.against')}${worth}`} />
        <Figure label={t('what_if.up')} value={t('unit.people', { n: moved('up') })} />
        <Figure label={t('what_if.down')} value={t('unit.people', { n: moved('down') })} />
        <Figure label={t('what_if.gain')} value={t('unit.people', { n: result.gained.members })} note={t('what_if.more_points', { n: result.gained.points })} />
        <Figure label={t('what_if.lose')} value={t('unit.people', { n: result.lost.members })} note={t('what_if.fewer_points', { n: result.lost.points })} />
      </div>
    </>
  );
}
