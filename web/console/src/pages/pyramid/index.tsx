import { lazy, Suspense } from 'react';
import { Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearchParams } from 'react-router';
import type { Pyramid, Weights } from '@danggol/api';
import { writeWeights, type PyramidAsk } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { PageFrame } from '../../parts/page';
import { csvOf, saveFile } from '../../parts/save-file';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { useScheme } from '../../scheme';
import { places, useSignedIn } from '../../session';
import { palettes } from '../../theme';
import { Controls } from './controls';
import { Drawing } from './drawing';
import { Figures } from './figures';
import { Forecast } from './forecast';
import { GuardLists } from './guards';
import { LayerMembers } from './layer-members';
import { Moves } from './moves';
import { beginning, periodOf, todayIn } from './period';
import { pictureOf } from './picture';
import './pyramid.css';

const Curve = lazy(() => import('./curve').then((module) => ({ default: module.Curve })));

function readWeights(text: string | null): Weights {
  const weights: Weights = { amount: 0, quantity: 0, frequency: 0, recency: 0 };
  for (const part of (text ?? 'amount:1').split(',')) {
    const [name, value] = part.split(':');
    if (name && name in weights) weights[name as keyof Weights] = Number(value) || 0;
  }
  return Object.values(weights).some((weight) => weight > 0) ? weights : { ...weights, amount: 1 };
}

function useAsk() {
  const { brand } = useSignedIn();
  const [search, setSearch] = useSearchParams();
  const today = todayIn(brand.time_zone, new Date());
  const usual = periodOf('days365', today);
  const period = { from: search.get('from') ?? usual.from, to: search.get('to') ?? usual.to };
  const weights = readWeights(search.get('weights'));
  const set = (part: Record<string, string | null>) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(part)) {
          if (value === null) next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return { today, period, weights, layer: search.get('layer'), set };
}

function Downloads({ pyramid, title }: { pyramid: Pyramid; title: string }) {
  const t = useText();
  const format = useFormat();
  const { scheme } = useScheme();
  const { brand } = useSignedIn();
  const name = `pyramid-${pyramid.from}-${pyramid.to}`;
  const scale = 10 ** brand.currency_exponent;
  const csv = () =>
    csvOf([
      [t('pyramid.layer'), t('pyramid.people'), t('pyramid.people_share'), `${t('today.amount')} (${brand.currency})`, t('pyramid.amount_share'), `${t('pyramid.from_amount')} (${brand.currency})`],
      ...pyramid.layers.map((layer) => [layer.name, layer.members, layer.member_share_bp / 10_000, layer.amount_minor / scale, layer.amount_share_bp / 10_000, layer.lowest_minor != null ? layer.lowest_minor / scale : '']),
    ]);
  return (
    <>
      <Button onClick={() => void pictureOf(pyramid, title, palettes[scheme], format, t).then((picture) => saveFile(`${name}.png`, picture))}>{t('pyramid.picture')}</Button>
      <Button onClick={() => saveFile(`${name}.csv`, csv())}>CSV</Button>
    </>
  );
}

function Nobody({ whole, seeAll }: { whole: boolean; seeAll: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const { user } = useSignedIn();
  return (
    <Empty
      title={t(whole ? 'pyramid.empty_title' : 'pyramid.empty_period')}
      action={
        whole && places(user.role).includes('import') ? (
          <Button type="primary" size="large" onClick={() => void navigate(paths.imports())}>
            {t('today.empty_import')}
          </Button>
        ) : whole ? null : (
          <Button onClick={seeAll}>{t('pyramid.see_all')}</Button>
        )
      }
    >
      {t(whole ? 'pyramid.empty' : 'pyramid.empty_period_lead')}
    </Empty>
  );
}

/** The customer pyramid: who brings the sales. */
export function Component() {
  const t = useText();
  const format = useFormat();
  const { today, period, weights, layer, set } = useAsk();
  const wanted: PyramidAsk = { ...period, weights: writeWeights(weights) };
  const pyramid = useQuery(ask.pyramid(wanted));
  const data = pyramid.data;
  const filled = data && data.buyers > 0;
  const title = filled ? t('pyramid.sentence', { share: format.percent(2000), amount: format.percent(data.top20_amount_bp) }) : t('place.pyramid');
  const chosen = data?.layers.find((one) => one.code === layer);
  return (
    <PageFrame
      title={title}
      lead={filled ? t('pyramid.period_said', { from: format.date(data.from), to: format.date(data.to), n: data.buyers }) : t('pyramid.lead')}
      actions={filled ? <Downloads pyramid={data} title={title} /> : null}
    >
      <Controls
        today={today}
        period={period}
        setPeriod={(next) => set({ from: next.from, to: next.to })}
        weights={weights}
        setWeights={(next) => set({ weights: writeWeights(next) })}
      />
      {pyramid.isPending ? <Bones lines={8} tall /> : null}
      {pyramid.isError ? <Trouble error={pyramid.error} retry={() => void pyramid.refetch()} /> : null}
      {data && !filled ? <Nobody whole={period.from === beginning || data.members === 0} seeAll={() => set({ ...periodOf('all', today) })} /> : null}
      {filled ? (
        <div className={pyramid.isPlaceholderData ? 'pyramid-body pyramid-old' : 'pyramid-body'}>
          <section className="section" aria-label={t('place.pyramid')}>
            <Drawing pyramid={data} chosen={layer} choose={(code) => set({ layer: code === layer ? null : code })} />
          </section>
          <section className="section">
            <h2>{t('pyramid.curve_title', { share: format.percent(500), amount: format.percent(data.curve.find((point) => point.members_bp >= 500)?.amount_bp ?? 0) })}</h2>
            <Suspense fallback={<div className="curve" />}>
              <Curve pyramid={data} />
            </Suspense>
          </section>
          <section className="section">
            <h2>{t('pyramid.figures')}</h2>
            <Figures pyramid={data} />
          </section>
          <Moves key={JSON.stringify(wanted)} wanted={wanted} />
          <GuardLists layers={data.layers} />
          <Forecast />
          {chosen && chosen.members > 0 ? <LayerMembers layer={chosen} period={wanted} /> : null}
        </div>
      ) : null}
    </PageFrame>
  );
}
