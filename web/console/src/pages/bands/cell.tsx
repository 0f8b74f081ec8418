import { Button } from 'antd';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { BandCell, BandTable } from '@danggol/api';
import { createSegment } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { MemberTable } from '../../parts/member-table';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { ageWords, incomeWords } from './words';

/** What the members of a cell buy, and who they are. */
export function Cell({ table, cell }: { table: BandTable; cell: BandCell }) {
  const t = useText();
  const format = useFormat();
  const go = useNavigate();
  const { user } = useSignedIn();
  const age = table.ages[cell.age] ?? null;
  const income = table.incomes[cell.income];
  const members = useInfiniteQuery(ask.bandMembers({ age_from: age?.from, income: income?.kind ?? 'unknown', name: income?.name ?? undefined }));
  const name = [ageWords(age, t), income ? incomeWords(income, t) : ''].join(' · ');
  const title = t('classes.of', { name, n: cell.members });
  const keep = useMutation({
    mutationFn: () => createSegment(name.slice(0, 100), 'rule', cell.condition),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ask.segments().queryKey, exact: true });
      void go(paths.segment(made.id));
    },
  });
  const figures: [string, string][] = [
    [t('bands.buyers'), format.number(cell.buyers)],
    [t('bands.purchases'), format.number(cell.purchases)],
    [t('classes.amount'), format.money(cell.amount_minor)],
    [t('bands.average'), cell.average_minor == null ? '–' : format.money(cell.average_minor)],
  ];
  return (
    <section className="section class-chosen" aria-label={title} aria-live="polite">
      <div className="section-head">
        <h2>{title}</h2>
        {may(user.role, 'edit_programme') ? (
          <Button loading={keep.isPending} onClick={() => keep.mutate()}>
            {t('classes.keep')}
          </Button>
        ) : null}
      </div>
      {keep.isError ? <Trouble error={keep.error} /> : null}
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
      <MemberTable members={members} label={title} />
    </section>
  );
}
