import { useState } from 'react';
import { Button, Dropdown, Tabs } from 'antd';
import { MoreOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import type { Member } from '@danggol/api';
import type { PurchaseAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useLanguage, useText } from '../../language';
import { Bones } from '../../parts/bones';
import { CloseDialog, isOpen, useReopen } from '../../parts/close-dialog';
import { Figure } from '../../parts/figure';
import { MergeDialog } from '../../parts/merge-dialog';
import { useTitle } from '../../parts/page';
import { TierBadge } from '../../parts/tier-badge';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { statusText } from '../../text/names';
import { AdjustDialog } from './adjust-dialog';
import { Ahead } from './ahead';
import { Card } from './card';
import { Contacts } from './contacts';
import { MemberDuplicates } from './duplicates';
import { MemberConsents } from './consents';
import { MemberCoupons } from './coupons';
import { MemberGifts } from './gifts';
import { MemberHousehold } from './household';
import { Lots } from './lots';
import { Merges } from './merges';
import { NextSteps } from './next-steps';
import { NoteLine } from './note-line';
import { PortraitTab } from './portrait';
import { Profile } from './profile';
import { Purchases } from './purchases';
import { askedOf, searchOf } from './records';
import { MemberSegments } from './segments';
import { MemberTags } from './tags';
import { nextTierSentence, nextTierShare } from './facts';
import { StatementTab } from './statement';
import { Timeline } from './timeline';
import { WhyDrawer, type Question } from './why';
import './member.css';

function Head({ member, onAdjust, onMerge, onClose }: { member: Member; onAdjust: () => void; onMerge: () => void; onClose: () => void }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const navigate = useNavigate();
  const open = isOpen(member);
  const reopen = useReopen();
  const more = [
    ...(may(user.role, 'adjust') ? [{ key: 'merge', label: t('merge.open'), onClick: onMerge }] : []),
    { key: 'close', danger: true, label: t('close.open'), onClick: onClose },
  ];
  return (
    <header className="page-head">
      <div className="page-words">
        <p className="small">
          <Link to={paths.members()}>{t('place.members')}</Link>
        </p>
        <h1 className="member-title">
          {member.name ?? t('member.nameless')} {member.standing.tier ? <TierBadge name={member.standing.tier.name} /> : null}
          {member.status !== 'active' ? <span className="mark mark-warn">{t(statusText[member.status])}</span> : null}
        </h1>
        <p className="soft">{t('member.since', { date: format.date(member.joined_at) })}</p>
        {member.status === 'closed' && !member.merged_into ? <p className="soft">{t('member.closed_lead')}</p> : null}
      </div>
      <div className="page-actions">
        {open && may(user.role, 'adjust') ? <Button onClick={onAdjust}>{t('adjust.open')}</Button> : null}
        <Button onClick={() => void navigate(paths.memberSavings(member.id))}>{t('savings.open')}</Button>
        {open && may(user.role, 'sell') ? (
          <Button type="primary" onClick={() => void navigate(paths.counterMember(member.id))}>
            {t('member.sell')}
          </Button>
        ) : null}
        {open && may(user.role, 'enrol') ? (
          <Dropdown trigger={['click']} placement="bottomRight" menu={{ items: more }}>
            <Button icon={<MoreOutlined />} aria-label={t('shell.more')} />
          </Dropdown>
        ) : null}
        {member.status === 'closed' && !member.merged_into && may(user.role, 'enrol') ? (
          <Button type="primary" loading={reopen.isPending} onClick={() => reopen.mutate([member.id])}>
            {t('reopen.open')}
          </Button>
        ) : null}
      </div>
    </header>
  );
}

function Standing({ member, onAsk, onPurchases, onValue }: { member: Member; onAsk: (question: Question) => void; onPurchases: () => void; onValue: () => void }) {
  const { t, language } = useLanguage();
  const format = useFormat();
  const { standing } = member;
  const { points, tier, next_tier: next } = standing;
  const soonest = points.expiring[0];
  const keeping = tier?.grace_until
    ? t('tier.grace', { date: format.date(tier.grace_until) })
    : tier?.keep_until
      ? t('tier.keep', { tier: tier.name, date: format.date(tier.keep_until) })
      : null;
  return (
    <section className="section" aria-label={t('member.standing')}>
      <div className="figures member-figures">
        <Figure
          large
          label={t('points.available')}
          value={format.number(points.available)}
          note={
            points.debt > 0
              ? t('points.debt', { n: points.debt })
              : member.household_points
                ? t('points.with_household', { own: points.available, all: points.available + member.household_points })
                : points.pending > 0
                  ? t('points.pending', { n: points.pending })
                  : soonest
                    ? t('points.expiring', { n: soonest.amount, date: format.lastDay(soonest.at) })
                    : undefined
          }
          onWhy={() => onAsk({ kind: 'balance' })}
        />
        <Figure
          large
          label={t('member.total')}
          value={format.money(standing.total_minor)}
          note={standing.purchases > 0 ? t('member.average', { amount: format.money(Math.trunc(standing.total_minor / standing.purchases)) }) : undefined}
          onWhy={onPurchases}
        />
        <Figure
          large
          label={t('member.purchases')}
          value={format.number(standing.purchases)}
          note={standing.last_purchase_at ? t('member.last', { ago: format.ago(standing.last_purchase_at) }) : t('members.never')}
          onWhy={onPurchases}
        />
        {standing.value_principal.balance !== 0 || standing.value_bonus.balance !== 0 ? (
          <Figure
            large
            label={t('value.name')}
            value={format.money(standing.value_principal.balance + standing.value_bonus.balance)}
            note={standing.value_principal.debt > 0 ? t('value.owed', { amount: format.money(standing.value_principal.debt) }) : t('value.of_which', { principal: format.money(standing.value_principal.balance), bonus: format.money(standing.value_bonus.balance) })}
            onWhy={onValue}
          />
        ) : null}
        {standing.growth.balance !== 0 ? <Figure large label={t('points.growth')} value={format.number(standing.growth.balance)} onWhy={() => onAsk({ kind: 'growth' })} /> : null}
      </div>
      {next || keeping || tier ? (
        <button type="button" className="tier-way" onClick={() => onAsk({ kind: 'tier' })} title={t('why.open')}>
          <span className="tier-way-words">{next ? nextTierSentence(next, standing.growth, format, t, language) : t('tier.top', { tier: tier?.name ?? '' })}</span>
          {next && next.missing.length > 0 ? (
            <span className="way" aria-hidden="true">
              <span className="way-done" style={{ width: `${nextTierShare(next) * 100}%`, display: 'block' }} />
            </span>
          ) : null}
          {keeping ? <span className="soft small">{keeping}</span> : null}
        </button>
      ) : null}
    </section>
  );
}

function File({ member }: { member: Member }) {
  const t = useText();
  const { user } = useSignedIn();
  const [search, setSearch] = useSearchParams();
  const [question, setQuestion] = useState<Question | null>(null);
  const [adjusting, setAdjusting] = useState(false);
  const [closing, setClosing] = useState(false);
  const [merging, setMerging] = useState(false);
  useTitle(member.name ?? t('member.nameless'));
  const tab = search.get('tab') ?? 'timeline';
  const open = (wanted: PurchaseAsk) => setSearch({ tab: 'purchases', ...searchOf(wanted) }, { preventScrollReset: true });
  const show = (next: string) => setSearch(next === 'timeline' ? {} : { tab: next }, { replace: true, preventScrollReset: true });
  return (
    <>
      <Head member={member} onAdjust={() => setAdjusting(true)} onMerge={() => setMerging(true)} onClose={() => setClosing(true)} />
      <Merges member={member} />
      <MemberDuplicates member={member} />
      <div className="member-columns">
        <div className="member-main">
          <Standing member={member} onAsk={setQuestion} onPurchases={() => show('purchases')} onValue={() => show('value')} />
          <Ahead id={member.id} />
          <NextSteps member={member} />
          {may(user.role, 'enrol') ? <NoteLine id={member.id} /> : null}
          <Tabs
            activeKey={tab}
            tabBarGutter={16}
            onChange={show}
            items={[
              { key: 'portrait', label: t('portrait.title'), children: <PortraitTab member={member} onPurchases={open} /> },
              { key: 'timeline', label: t('member.tab.timeline'), children: <Timeline id={member.id} onAsk={setQuestion} /> },
              { key: 'purchases', label: t('member.tab.purchases'), children: <Purchases id={member.id} wanted={askedOf(search)} onAll={() => show('purchases')} /> },
              { key: 'value', label: t('value.statement'), children: <StatementTab member={member} /> },
              { key: 'lots', label: t('member.tab.lots'), children: <Lots id={member.id} points={member.standing.points} /> },
            ]}
          />
        </div>
        <aside className="member-aside" aria-label={t('profile.title')}>
          <Card member={member} />
          <Contacts member={member} />
          <Profile member={member} />
          <MemberConsents member={member} />
          <MemberHousehold member={member} />
          <MemberCoupons id={member.id} open={isOpen(member)} />
          <MemberGifts id={member.id} />
          <MemberTags id={member.id} />
          <MemberSegments id={member.id} />
        </aside>
      </div>
      <WhyDrawer id={member.id} question={question} onClose={() => setQuestion(null)} />
      {adjusting ? <AdjustDialog member={member} onClose={() => setAdjusting(false)} /> : null}
      {merging ? <MergeDialog member={member} onClose={() => setMerging(false)} /> : null}
      {closing ? <CloseDialog members={[member]} points={member.standing.points.balance} onClose={() => setClosing(false)} /> : null}
    </>
  );
}

/** One member, one page, everything about her. */
export function Component() {
  const { id = '' } = useParams();
  const member = useQuery(ask.member(id));
  return (
    <div className="page page-wide">
      {member.isPending ? <Bones lines={8} tall /> : null}
      {member.isError ? <Trouble error={member.error} retry={() => void member.refetch()} /> : null}
      {member.data ? <File key={member.data.id} member={member.data} /> : null}
    </div>
  );
}
