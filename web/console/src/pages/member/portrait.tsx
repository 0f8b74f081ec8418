import { lazy, Suspense } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Member, Portrait, PortraitPart } from '@danggol/api';
import type { PurchaseAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { DayBars } from '../../parts/day-bars';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { channelText } from '../../text/names';
import { behind } from './records';

const Rhythm = lazy(() => import('./rhythm').then((module) => ({ default: module.Rhythm })));

type Open = (wanted: PurchaseAsk) => void;

function Parts({ title, parts, whole, of, onPurchases }: { title: string; parts: PortraitPart[]; whole: number; of: 'category' | 'sku' | 'brand' | 'store' | 'channel'; onPurchases: Open }) {
  const format = useFormat();
  if (parts.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul className="parts">
        {parts.map((part) => (
          <li key={part.code}>
            <button type="button" className="plain-button" onClick={() => onPurchases({ [of]: part.code })}>
              {part.name ?? part.code}
            </button>
            <span className="number soft">{format.money(part.amount_minor)}</span>
            <span className="way" aria-hidden="true">
              <span className="way-done" style={{ width: `${Math.max(0, Math.min(100, (part.amount_minor / Math.max(1, whole)) * 100))}%`, display: 'block' }} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ portrait, onPurchases }: { portrait: Portrait; onPurchases: Open }) {
  const t = useText();
  return (
    <section className="section" aria-label={t('portrait.facts')}>
      <h2>{t('portrait.facts')}</h2>
      <dl className="portrait-facts">
        {portrait.facts.map((fact) => (
          <div key={fact.text}>
            <dt className="capital">{fact.text}</dt>
            <dd>
              <button type="button" className="plain-button capital" title={t('records.open')} onClick={() => onPurchases(behind(fact.attribute, fact.code))}>
                <strong>{fact.value}</strong>
              </button>
              {fact.evidence ? <span className="faint small">{fact.evidence}</span> : null}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Classed({ id, onPurchases }: { id: string; onPurchases: Open }) {
  const t = useText();
  const format = useFormat();
  const { data } = useQuery(ask.memberClass(id));
  if (!data || data.classes.length === 0) return null;
  return (
    <section className="section" aria-label={t('portrait.class')}>
      <h2>{t('portrait.class')}</h2>
      <dl className="portrait-facts">
        {data.classes.map((one) => (
          <div key={one.text}>
            <dt className="capital">{one.text}</dt>
            <dd>
              <strong className="capital">{one.value}</strong>
              {one.evidence ? <span className="faint small">{one.evidence}</span> : null}
            </dd>
          </div>
        ))}
      </dl>
      {data.bulk_purchase_id ? (
        <p>
          <button type="button" className="plain-button" onClick={() => onPurchases({})}>
            {t('portrait.bulk')}
          </button>
        </p>
      ) : null}
      {data.key_products.map((key) => (
        <p key={key.sku}>
          <button type="button" className="plain-button" onClick={() => onPurchases({ sku: key.sku })}>
            {t('portrait.key', { name: key.name ?? key.sku, percent: format.percent(key.percent * 100) })}
          </button>
        </p>
      ))}
    </section>
  );
}

function Lives({ id }: { id: string }) {
  const t = useText();
  const format = useFormat();
  const { data } = useQuery(ask.memberLifestyle(id));
  if (!data?.group || !data.name) return null;
  return (
    <section className="section" aria-label={t('lifestyles.of_hers')}>
      <div className="section-head">
        <h2>{t('lifestyles.of_hers')}</h2>
        <Link className="small" to={paths.lifestyles()}>
          {t('lifestyles.all')}
        </Link>
      </div>
      <p>
        <Link to={paths.classes('lifestyle.group', data.group)}>
          <strong>{data.name}</strong>
        </Link>{' '}
        <span className="soft">{t('lifestyles.hers', { score: data.score ?? 0, since: data.since ? format.date(data.since) : '' })}</span>
      </p>
      {data.evidence.length > 0 ? (
        <>
          <h3>{t('lifestyles.evidence')}</h3>
          <ul className="parts">
            {data.evidence.map((one) => (
              <li key={one.category}>
                <span>{one.category}</span>
                <span className="number soft">{t('lifestyles.evidence_said', { n: one.purchases, own: format.percent(one.share_bp, 1), everybody: format.percent(one.everybody_bp, 1) })}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}

/** Who she is at one glance: trend, rhythm, taste, places, and what her purchases say. */
export function PortraitTab({ member, onPurchases }: { member: Member; onPurchases: Open }) {
  const t = useText();
  const format = useFormat();
  const portrait = useQuery(ask.portrait(member.id));
  if (portrait.isPending) return <Bones lines={8} tall />;
  if (portrait.isError) return <Trouble error={portrait.error} retry={() => void portrait.refetch()} />;
  const data = portrait.data;
  if (data.channels.length === 0) return <p className="soft timeline-empty">{t('portrait.empty')}</p>;
  const whole = Math.max(1, member.standing.total_minor);
  const channels = data.channels.map((part) => {
    const key = channelText(part.code);
    return { ...part, name: part.name ?? (key ? t(key) : null) };
  });
  const bars = data.months.map((month) => ({ key: month.month, label: format.month(month.month), value: month.amount_minor, said: t('portrait.day', { date: format.month(month.month), amount: format.money(month.amount_minor) }) }));
  return (
    <div className="portrait">
      <section className="section" aria-label={t('portrait.trend')}>
        <h2>{t('portrait.trend')}</h2>
        <DayBars bars={bars} caption={bars.at(-1)?.said ?? ''} summary={t('chart.figures')} head={[t('chart.date'), t('portrait.amount')]} />
      </section>
      <section className="section" aria-label={t('portrait.rhythm', { n: data.days.length })}>
        <h2>{t('portrait.rhythm', { n: data.days.length })}</h2>
        <Suspense fallback={<div className="rhythm" />}>
          <Rhythm days={data.days} onDay={(day) => onPurchases({ from: day, to: day })} />
        </Suspense>
      </section>
      <section className="section" aria-label={t('portrait.taste')}>
        <h2>{t('portrait.taste')}</h2>
        <div className="portrait-columns">
          <Parts title={t('portrait.categories')} parts={data.categories} whole={whole} of="category" onPurchases={onPurchases} />
          <Parts title={t('portrait.products')} parts={data.products} whole={whole} of="sku" onPurchases={onPurchases} />
          <Parts title={t('portrait.brands')} parts={data.brands} whole={whole} of="brand" onPurchases={onPurchases} />
          <Parts title={t('portrait.stores')} parts={data.stores} whole={whole} of="store" onPurchases={onPurchases} />
          <Parts title={t('portrait.channels')} parts={channels} whole={whole} of="channel" onPurchases={onPurchases} />
        </div>
      </section>
      <Lives id={member.id} />
      <Facts portrait={data} onPurchases={onPurchases} />
      <Classed id={member.id} onPurchases={onPurchases} />
    </div>
  );
}
