import { useState } from 'react';
import { Button, Segmented, Select } from 'antd';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Snapshot } from '@danggol/api';
import { takeSnapshot } from '../../data/api';
import type { Way } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Bones } from '../../parts/bones';
import { DayBars } from '../../parts/day-bars';
import { More } from '../../parts/more';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { refresh } from './refresh';

/** Who came in, or who went, between two snapshots. */
function Crossed({ id, from, to, way }: { id: string; from: number; to: number; way: Way }) {
  const t = useText();
  const format = useFormat();
  const movement = useInfiniteQuery(ask.segmentMovement(id, { from, to, way }));
  if (movement.isPending) return <Bones lines={3} />;
  if (movement.isError) return <Trouble error={movement.error} retry={() => void movement.refetch()} />;
  const items = movement.data.pages.flatMap((page) => page.items);
  const tiered = items.some(({ member }) => member.tier);
  const label = t(`segments.way.${way}`);
  if (items.length === 0) return <p className="soft">{t('segments.nobody_crossed')}</p>;
  return (
    <>
      <div className="scroll-x crossed" tabIndex={0} role="region" aria-label={label}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('members.column.name')}</th>
              {tiered ? <th scope="col">{t('members.column.tier')}</th> : null}
              <th scope="col" className="number">
                {t('members.column.last')}
              </th>
              <th scope="col" className="number">
                {t(`segments.seen.${way}`)}
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map(({ member, seen_at: seenAt }) => (
              <tr key={member.id}>
                <td>
                  <Link to={paths.member(member.id)}>{calledOf(member, t)}</Link>
                  <div className="faint small">{member.masked_phone}</div>
                </td>
                {tiered ? <td>{member.tier?.name ?? '–'}</td> : null}
                <td className="number">{member.last_purchase_at ? format.date(member.last_purchase_at) : '–'}</td>
                <td className="number">{format.date(seenAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <More when={movement.hasNextPage && !movement.isFetchingNextPage} ask={() => void movement.fetchNextPage()} />
      </div>
    </>
  );
}

/** Two snapshots to be compared, and who came and went from one to the other. */
function Between({ id, taken }: { id: string; taken: Snapshot[] }) {
  const t = useText();
  const format = useFormat();
  const newest = taken.at(-1)?.number ?? 0;
  const [chosen, setChosen] = useState<{ from: number; to: number } | null>(null);
  const { from, to } = chosen ?? { from: newest - 1, to: newest };
  const [way, setWay] = useState<Way>('entered');
  const counts = useInfiniteQuery(ask.segmentMovement(id, { from, to, way })).data?.pages[0];
  const option = (one: Snapshot) => ({ value: one.number, label: t('segments.snapshot', { at: format.dateTime(one.taken_at), n: one.members }) });
  const options = [...taken].reverse().map(option);
  const before = { value: 0, label: t('segments.before_first') };
  const ways: Way[] = ['entered', 'gone'];
  return (
    <>
      <div className="inline">
        <Select
          className="segment-snapshot"
          aria-label={t('segments.from')}
          value={from}
          options={[...options.filter((one) => one.value <= to), before]}
          onChange={(value: number) => setChosen({ from: value, to })}
        />
        <span aria-hidden="true">→</span>
        <Select
          className="segment-snapshot"
          aria-label={t('segments.to')}
          value={to}
          options={options}
          onChange={(value: number) => setChosen({ from: Math.min(from, value - 1), to: value })}
        />
        <Segmented<Way>
          aria-label={t('segments.way')}
          value={way}
          onChange={setWay}
          options={ways.map((value) => ({ value, label: counts ? t(`segments.way_of.${value}`, { n: format.number(counts[value]) }) : t(`segments.way.${value}`) }))}
        />
      </div>
      <Crossed id={id} from={from} to={to} way={way} />
    </>
  );
}

/** How many were in at each snapshot, and who came and went between two of them. */
export function OverTime({ id, mayTake }: { id: string; mayTake: boolean }) {
  const t = useText();
  const format = useFormat();
  const snapshots = useQuery(ask.snapshots(id));
  const take = useMutation({ mutationFn: () => takeSnapshot(id), onSuccess: refresh });
  const taken = [...(snapshots.data?.items ?? [])].reverse();
  const bars = taken.map((one) => ({
    key: one.taken_at,
    label: format.date(one.taken_at),
    value: one.members,
    said: t('segments.moved', { members: format.number(one.members), entered: format.number(one.entered), gone: format.number(one.gone) }),
  }));
  return (
    <section className="section" aria-label={t('segments.movement')}>
      <div className="section-head">
        <h2>{t('segments.movement')}</h2>
        {mayTake ? (
          <Button loading={take.isPending} onClick={() => take.mutate()}>
            {t('segments.take')}
          </Button>
        ) : null}
      </div>
      {snapshots.isPending ? <Bones lines={4} /> : null}
      {snapshots.isError ? <Trouble error={snapshots.error} retry={() => void snapshots.refetch()} /> : null}
      {take.isError ? <Trouble error={take.error} /> : null}
      {snapshots.isSuccess && taken.length === 0 ? <p className="soft">{t('segments.no_snapshot')}</p> : null}
      {taken.length > 0 ? (
        <>
          <DayBars bars={bars} caption={bars.at(-1)?.said ?? ''} summary={t('segments.figures')} head={[t('segments.day'), t('segments.members')]} />
          <Between id={id} taken={taken} />
        </>
      ) : null}
    </section>
  );
}
