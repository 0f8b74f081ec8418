import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Member } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useLanguage, useText } from '../../language';
import { TierBadge } from '../../parts/tier-badge';
import { paths } from '../../paths';
import { statusText } from '../../text/names';
import { nextTierSentence, nextTierShare } from '../member/facts';
import { valueOf } from './top-up';

/** What sets her apart by her classes, in a word each; why, on demand. */
function Marks({ id }: { id: string }) {
  const t = useText();
  const [open, setOpen] = useState(false);
  const { data } = useQuery(ask.memberMarks(id));
  if (!data || data.items.length === 0) return null;
  return (
    <div className="summary-marks">
      <p>
        {data.items.map((one) => (
          <span key={one.kind} className={one.kind === 'bulk' ? 'mark mark-warn' : 'mark mark-class'}>
            {one.text}
          </span>
        ))}
        <button type="button" className="plain-button small" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t('why.open')}
        </button>
      </p>
      {open ? (
        <>
          {data.items.map((one) => (
            <p key={one.kind} className="small soft">
              {one.text}: {one.why}
            </p>
          ))}
          <Link className="small" to={paths.member(id, 'portrait')}>
            {t('counter.to_portrait')}
          </Link>
        </>
      ) : null}
    </div>
  );
}

/** Who stands at the counter, in the order in which a clerk wants to know. */
export function Summary({ member }: { member: Member }) {
  const { t, language } = useLanguage();
  const format = useFormat();
  const { points, tier, next_tier: next } = member.standing;
  const soonest = points.expiring[0];
  const bonusEnds = member.standing.value_bonus.expiring[0];
  const phone = member.identities.find((identity) => identity.kind === 'phone');
  return (
    <section className="summary" aria-label={t('counter.who')}>
      <h2 className="summary-name">
        {member.name ?? t('member.nameless')} {tier ? <TierBadge name={tier.name} /> : null}
        {member.status !== 'active' ? <span className="mark mark-warn">{t(statusText[member.status])}</span> : null}
      </h2>
      <Marks id={member.id} />
      <p className="soft">{[phone?.masked, member.card_no].filter(Boolean).join(' · ')}</p>
      <p className="summary-points">
        <strong>{format.number(points.available)}</strong> {t('points.name')}
      </p>
      {member.standing.value_principal.balance !== 0 || member.standing.value_bonus.balance !== 0 ? (
        <p className="summary-value">
          <span>
            {t('value.name')} <strong>{format.money(valueOf(member.standing))}</strong>
          </span>
          <span className="small soft">{t('value.of_which', { principal: format.money(member.standing.value_principal.balance), bonus: format.money(member.standing.value_bonus.balance) })}</span>
        </p>
      ) : null}
      {bonusEnds ? <p className="small soft">{t('value.bonus_expiring', { amount: format.money(bonusEnds.amount), date: format.lastDay(bonusEnds.at) })}</p> : null}
      {member.household_points ? <p className="summary-household">{t('points.with_household', { own: points.available, all: points.available + member.household_points })}</p> : null}
      {points.debt > 0 ? <p className="notice small">{t('points.debt', { n: points.debt })}</p> : null}
      {soonest ? <p className="small soft">{t('points.expiring', { n: soonest.amount, date: format.lastDay(soonest.at) })}</p> : null}
      {next ? (
        <div className="summary-next">
          <p>{nextTierSentence(next, member.standing.growth, format, t, language)}</p>
          <div className="way" aria-hidden="true">
            <div className="way-done" style={{ width: `${nextTierShare(next) * 100}%` }} />
          </div>
        </div>
      ) : null}
      <p className="small soft">{member.standing.last_purchase_at ? t('member.last', { ago: format.ago(member.standing.last_purchase_at) }) : t('counter.first_time')}</p>
      {member.preferences ? <p className="summary-note">{member.preferences}</p> : null}
      {member.note ? <p className="summary-note">{member.note}</p> : null}
    </section>
  );
}
