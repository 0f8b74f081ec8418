import { useState } from 'react';
import { Segmented } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import type { BandCell, BandTable } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat, type Format } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { GroupTabs } from '../../parts/group-tabs';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { Cell } from './cell';
import { Rules } from './rules';
import { ageWords, incomeWords } from './words';
import '../classes/classes.css';
import './bands.css';

const measures = ['members', 'amount', 'average'] as const;
type Shown = (typeof measures)[number];

function valueOf(cell: BandCell, measure: Shown): number {
  return { members: cell.members, amount: cell.amount_minor, average: cell.average_minor ?? 0 }[measure];
}

function said(cell: BandCell, measure: Shown, format: Format): string {
  if (measure === 'members') return format.number(cell.members);
  if (measure === 'amount') return format.moneyCompact(cell.amount_minor);
  return cell.average_minor == null ? '–' : format.money(cell.average_minor);
}

/** Age against income: the more there is of what is asked for, the darker; each cell opens its members. */
function Table({ table, measure, chosen }: { table: BandTable; measure: Shown; chosen: BandCell | undefined }) {
  const t = useText();
  const format = useFormat();
  // Of whom nothing is known are many at first; they must not pale the others.
  const isKnown = (cell: BandCell) => table.ages[cell.age] !== null && table.incomes[cell.income]?.kind === 'named';
  const known = table.cells.filter(isKnown);
  const most = Math.max(1, ...(known.length > 0 ? known : table.cells).map((cell) => valueOf(cell, measure)));
  const heat = (cell: BandCell) => `${Math.round(Math.min(1, Math.max(0, valueOf(cell, measure)) / most) * 40)}%`;
  const agesKnown = table.cells.some((cell) => table.ages[cell.age] !== null);
  const ages = table.ages.map((age, place) => ({ age, place })).filter(({ age, place }) => (age ? agesKnown : table.cells.some((cell) => cell.age === place)));
  const incomes = table.incomes.map((income, place) => ({ income, place })).filter(({ income, place }) => income.kind === 'named' || table.cells.some((cell) => cell.income === place));
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t('bands.title')}>
      {!agesKnown && table.cells.length > 0 ? <p className="soft">{t('bands.no_ages')}</p> : null}
      <table className="bands-table" style={{ minWidth: 96 + 92 * incomes.length }}>
        <thead>
          <tr>
            <td />
            {incomes.map(({ income, place }) => (
              <th key={place} scope="col">
                {incomeWords(income, t)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ages.map(({ age, place: row }) => (
            <tr key={row}>
              <th scope="row">{ageWords(age, t)}</th>
              {incomes.map(({ place: column }) => {
                const cell = table.cells.find((one) => one.age === row && one.income === column);
                if (!cell) return <td key={column} className="band-none" />;
                return (
                  <td key={column} style={{ '--heat': known.length === 0 || isKnown(cell) ? heat(cell) : '0%' } as React.CSSProperties}>
                    <Link to={paths.bands(row, column)} preventScrollReset aria-current={cell === chosen}>
                      <strong>{said(cell, measure, format)}</strong>
                      <span className="small">{cell.categories[0]?.code ?? t('bands.nothing')}</span>
                    </Link>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Members by age and income: how many, what they spend, and what they like. */
export function Component() {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [search] = useSearchParams();
  const [measure, setMeasure] = useState<Shown>('members');
  const bands = useQuery(ask.bands());
  const data = bands.data;
  const chosen = data?.cells.find((cell) => String(cell.age) === search.get('age') && String(cell.income) === search.get('income'));
  return (
    <PageFrame wide title={t('bands.title')} lead={t('bands.lead')}>
      <GroupTabs />
      {bands.isPending ? <Bones lines={8} tall /> : null}
      {bands.isError ? <Trouble error={bands.error} retry={() => void bands.refetch()} /> : null}
      {data && data.cells.length === 0 ? <Empty title={t('bands.empty')}>{t('bands.empty_lead')}</Empty> : null}
      {data && data.cells.length > 0 ? (
        <>
          <section className="section" aria-label={t('bands.title')}>
            <Segmented<Shown> aria-label={t('bands.measure')} value={measure} onChange={setMeasure} options={measures.map((value) => ({ value, label: t(`bands.measure.${value}`) }))} />
            <Table table={data} measure={measure} chosen={chosen} />
            {data.stated_members > 0 ? <p className="soft small">{t('bands.stated', { n: data.stated_members, field: data.rules.age_field ?? '' })}</p> : null}
            <p className="soft small">{t('bands.counted', { at: format.dateTime(data.counted_at), from: format.date(data.from), to: format.date(data.to) })}</p>
          </section>
          {chosen ? <Cell key={`${chosen.age} ${chosen.income}`} table={data} cell={chosen} /> : null}
        </>
      ) : null}
      {data && may(user.role, 'edit_programme') ? <Rules rules={data.rules} found={data.incomes.flatMap((income) => income.name ?? [])} /> : null}
    </PageFrame>
  );
}
