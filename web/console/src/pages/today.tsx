import { useMemo } from 'react';
import { Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import type { Today } from '@danggol/api';
import * as ask from '../data/queries';
import { queries } from '../data/queries';
import { useFormat } from '../format';
import { useText } from '../language';
import { Bones } from '../parts/bones';
import { DayBars } from '../parts/day-bars';
import { Empty } from '../parts/empty';
import { Figure } from '../parts/figure';
import { PageFrame } from '../parts/page';
import { Trouble } from '../parts/trouble';
import { paths } from '../paths';
import { places, useSignedIn } from '../session';
import './today.css';

export function loader() {
  void queries.prefetchQuery(ask.today());
  return null;
}

function NothingYet() {
  const t = useText();
  const navigate = useNavigate();
  const { user } = useSignedIn();
  const mayImport = places(user.role).includes('import');
  return (
    <Empty
      title={t('today.empty_title')}
      action={
        <div className="inline">
          {mayImport ? (
            <Button type="primary" size="large" onClick={() => void navigate(paths.imports())}>
              {t('today.empty_import')}
            </Button>
          ) : null}
          <Button size="large" type={mayImport ? 'default' : 'primary'} onClick={() => void navigate(paths.counter())}>
            {t('today.empty_counter')}
          </Button>
        </div>
      }
    >
      {t('today.empty')}
    </Empty>
  );
}

function Tiers({ tiers, members }: { tiers: Today['tiers']; members: number }) {
  const t = useText();
  const format = useFormat();
  const most = Math.max(1, ...tiers.map((tier) => tier.members));
  return (
    <section className="section">
      <h2>{t('today.tiers')}</h2>
      <ul className="tier-rows">
        {[...tiers].reverse().map((tier) => (
          <li key={tier.code} className="tier-row">
            <span className="tier-row-name">{tier.name}</span>
            <span className="tier-row-track" aria-hidden="true">
              <span className="tier-row-fill" style={{ width: `${(tier.members / most) * 100}%` }} />
            </span>
            <span className="number">{t('unit.people', { n: tier.members })}</span>
            <span className="number faint">{format.percent(members ? Math.round((tier.members / members) * 10_000) : 0, 1)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Filled({ data }: { data: Today }) {
  const t = useText();
  const format = useFormat();
  const bars = useMemo(
    () => data.days.map((day) => ({ key: day.date, label: format.day(day.date), value: Math.max(day.amount_minor, 0), said: format.money(day.amount_minor) })),
    [data.days, format],
  );
  return (
    <>
      <section className="figures today-figures" aria-label={t('today.figures')}>
        <Figure large label={t('today.members')} value={format.number(data.members)} note={t('today.joined', { n: data.joined_30d })} />
        <Figure large label={t('today.buyers')} value={format.number(data.buyers_30d)} note={t('today.purchases', { n: data.purchases_30d })} />
        <Figure
          large
          label={t('today.amount')}
          value={format.moneyCompact(data.amount_30d_minor)}
          note={data.returns_30d_minor > 0 ? t('today.returns', { amount: format.money(data.returns_30d_minor) }) : undefined}
        />
        <Figure
          large
          label={t('today.liability')}
          value={format.compact(data.points_liability)}
          note={data.points_expiring_30d > 0 ? t('today.expiring', { n: data.points_expiring_30d }) : undefined}
        />
      </section>
      {data.has_purchases ? (
        <section className="section">
          <h2>{t('today.chart')}</h2>
          <DayBars
            bars={bars}
            caption={t('today.chart_said', { amount: format.money(data.amount_30d_minor), n: data.purchases_30d })}
            summary={t('chart.figures')}
            head={[t('chart.date'), t('today.amount')]}
          />
        </section>
      ) : (
        <NothingYet />
      )}
      {data.members > 0 && data.tiers.length > 0 ? <Tiers tiers={data.tiers} members={data.members} /> : null}
      {data.unclaimed > 0 ? <p className="soft">{t('today.unclaimed', { n: data.unclaimed })}</p> : null}
    </>
  );
}

export function Component() {
  const t = useText();
  const { brand } = useSignedIn();
  const format = useFormat();
  const today = useQuery(ask.today());
  return (
    <PageFrame
      title={t('place.today')}
      lead={`${brand.name} · ${format.date(Date.now())}`}
      actions={today.data?.has_purchases ? <Link to={paths.pyramid()}>{t('today.to_pyramid')}</Link> : null}
    >
      {today.isPending ? <Bones lines={6} tall /> : null}
      {today.isError ? <Trouble error={today.error} retry={() => void today.refetch()} /> : null}
      {today.data && today.data.members === 0 && !today.data.has_purchases ? <NothingYet /> : null}
      {today.data && (today.data.members > 0 || today.data.has_purchases) ? <Filled data={today.data} /> : null}
    </PageFrame>
  );
}
