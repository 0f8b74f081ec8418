import { useInfiniteQuery } from '@tanstack/react-query';
import type { BandCell, BandTable } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { ChosenMembers, keepSegment } from '../../parts/chosen-members';
import { ageWords, incomeWords } from './words';

/** What the members of a cell buy, and who they are. */
export function Cell({ table, cell }: { table: BandTable; cell: BandCell }) {
  const t = useText();
  const format = useFormat();
  const age = table.ages[cell.age] ?? null;
  const income = table.incomes[cell.income];
  const members = useInfiniteQuery(ask.bandMembers({ age_from: age?.from, income: income?.kind ?? 'unknown', name: income?.name ?? undefined }));
  const name = [ageWords(age, t), income ? incomeWords(income, t) : ''].join(' · ');
  const title = t('classes.of', { name, n: cell.members });
  const figures: [string, string][] = [
    [t('bands.buyers'), format.number(cell.buyers)],
    [t('bands.purchases'), format.number(cell.purchases)],
    [t('classes.amount'), format.money(cell.amount_minor)],
    [t('bands.average'), cell.average_minor == null ? '–' : format.money(cell.average_minor)],
  ];
  return (
    <ChosenMembers title={title} members={members} keepWords={t('classes.keep')} keepAs={() => keepSegment(name, cell.condition)}>
      <dl className="band-figures">
        {figures.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <strong>{value}</strong>
            </dd>
          </div>
        ))}
      </dl>
      {cell.categories.length > 0 ? <p>{t('bands.buy_most', { categories: cell.categories.map((one) => `${one.code} (${format.money(one.amount_minor)})`).join(' · ') })}</p> : null}
      {cell.gifts.length > 0 ? <p>{t('bands.take_most', { gifts: cell.gifts.map((one) => `${one.name} (${format.number(one.count)})`).join(' · ') })}</p> : null}
    </ChosenMembers>
  );
}
