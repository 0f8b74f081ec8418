import { useMemo, useState } from 'react';
import { Button, Progress, Segmented } from 'antd';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import type { Duplicate, DuplicateClue, DuplicateFile, Duplicates, DuplicateStage } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useLanguage, useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Bones } from '../../parts/bones';
import { Certainty, useDecision } from '../../parts/duplicate';
import { Empty } from '../../parts/empty';
import { MergeDialog } from '../../parts/merge-dialog';
import { More } from '../../parts/more';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import type { TextKey } from '../../text';
import { genderText, identityText } from '../../text/names';
import { birthdayText } from '../member/facts';
import './duplicates.css';

const stageText: Record<DuplicateStage, TextKey> = { reading: 'duplicates.stage.reading', comparing: 'duplicates.stage.comparing' };

const clueText: Record<DuplicateClue, TextKey> = {
  home: 'duplicates.clue.home', mailbox: 'duplicates.clue.mailbox', begin: 'duplicates.clue.begin', name_born: 'duplicates.clue.name_born', name_end: 'duplicates.clue.name_end',
  name_begin: 'duplicates.clue.name_begin', name_home: 'duplicates.clue.name_home',
};

/** What two files say, side by side, field by field; what both say alike stands out. */
function SideBySide({ members, label }: { members: DuplicateFile[]; label: string }) {
  const { t, language } = useLanguage();
  const format = useFormat();
  const facts: [string, (file: DuplicateFile) => string | null | undefined][] = [
    [t('duplicates.contacts'), (file) => file.contacts.map(({ kind, masked }) => `${t(identityText[kind])} ${masked}`).join('\n')],
    [t('profile.birthday'), (file) => (file.birthday ? birthdayText(file.birthday, t, language) : null)],
    [t('profile.gender'), (file) => (file.gender ? t(genderText[file.gender]) : null)],
    [t('profile.residence'), (file) => file.residence],
    [t('profile.store'), (file) => file.store],
    [t('profile.joined'), (file) => format.date(file.joined_at)],
    [t('members.column.last'), (file) => (file.last_purchase_at ? format.date(file.last_purchase_at) : null)],
    [t('members.column.total'), (file) => format.money(file.total_minor)],
    [t('members.column.points'), (file) => format.number(file.points)],
  ];
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table className="table pair-table">
        <thead>
          <tr>
            <th scope="col">{t('duplicates.fact')}</th>
            {members.map((file) => (
              <th key={file.id} scope="col">
                <Link to={paths.member(file.id)}>{calledOf(file, t)}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {facts
            .filter(([, of]) => members.some((file) => of(file)))
            .map(([label, of]) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {members.map((file) => (
                  <td key={file.id}>{of(file) || '–'}</td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

function Pair({ pair, onMerge }: { pair: Duplicate; onMerge: () => void }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const decide = useDecision();
  const names = pair.members.map((file) => `${calledOf(file, t)} ${file.card_no ?? ''}`.trim()).join(' · ');
  return (
    <li className="section pair" aria-label={names}>
      <div className="section-head">
        <Certainty pair={pair} />
        <div className="inline">
          {pair.dismissed_at ? (
            <>
              <span className="soft small">{t('duplicates.dismissed_at', { date: format.date(pair.dismissed_at) })}</span>
              {may(user.role, 'enrol') ? (
                <Button loading={decide.isPending} onClick={() => decide.mutate({ pair, same: true })}>
                  {t('duplicates.restore')}
                </Button>
              ) : null}
            </>
          ) : (
            <>
              {may(user.role, 'enrol') ? (
                <Button loading={decide.isPending} onClick={() => decide.mutate({ pair, same: false })}>
                  {t('duplicates.dismiss')}
                </Button>
              ) : null}
              {may(user.role, 'adjust') ? (
                <Button type="primary" onClick={onMerge}>
                  {t('duplicates.merge')}
                </Button>
              ) : null}
            </>
          )}
        </div>
      </div>
      <ul className="pair-reasons" aria-label={t('duplicates.reasons')}>
        {pair.reasons.map(({ reason, words, speaks_for }) => (
          <li key={reason} className={speaks_for ? 'pair-for' : 'pair-against'}>
            <span role="img" aria-label={t(speaks_for ? 'duplicates.for' : 'duplicates.against')}>
              {speaks_for ? '+' : '−'}
            </span>{' '}
            {words}
          </li>
        ))}
      </ul>
      <SideBySide members={pair.members} label={t('duplicates.side_by_side', { names })} />
    </li>
  );
}

function Running({ data }: { data: Duplicates }) {
  const t = useText();
  const { progress } = data;
  if (!progress) return null;
  const half = progress.members > 0 ? Math.min(50, (50 * progress.done) / progress.members) : 0;
  return (
    <section className="section" aria-live="polite">
      <p>{t(stageText[progress.stage], { done: progress.done, members: progress.members })}</p>
      <Progress percent={Math.round(half + (progress.stage === 'comparing' ? 50 : 0))} status="active" aria-label={t('duplicates.title')} />
      <p className="soft small">{t('lifestyles.background')}</p>
    </section>
  );
}

/** Pairs of files that may be one person's: with reasons, side by side, to be merged or said to be two persons'. */
export function Component() {
  const t = useText();
  const format = useFormat();
  const [search, setSearch] = useSearchParams();
  const [merging, setMerging] = useState<Duplicate | null>(null);
  const least = Number(search.get('least')) === 95 ? 95 : Number(search.get('least')) === 75 ? 75 : 50;
  const dismissed = search.get('show') === 'dismissed';
  const found = useInfiniteQuery(ask.duplicates({ least, dismissed }));
  const pairs = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const first = found.data?.pages[0];
  const show = (next: { least?: number; dismissed?: boolean }) => {
    const [sure, said] = [next.least ?? least, next.dismissed ?? dismissed];
    setSearch({ ...(sure === 50 ? {} : { least: String(sure) }), ...(said ? { show: 'dismissed' } : {}) }, { replace: true });
  };
  const passed = first?.passed_over.map(({ clue, count }) => t(clueText[clue], { n: count })) ?? [];
  const [one, other] = merging?.members ?? [];
  return (
    <PageFrame title={t('duplicates.title')} lead={t('duplicates.lead')}>
      <p className="small">
        <Link to={paths.members()}>{t('place.members')}</Link>
      </p>
      <div className="inline">
        <Segmented<string>
          aria-label={t('duplicates.show')}
          value={dismissed ? 'dismissed' : 'open'}
          onChange={(value) => show({ dismissed: value === 'dismissed' })}
          options={[{ value: 'open', label: t('duplicates.open') }, { value: 'dismissed', label: t('duplicates.not_same') }]}
        />
        <Segmented<number>
          aria-label={t('duplicates.least')}
          value={least}
          onChange={(value) => show({ least: value })}
          options={[{ value: 50, label: t('duplicates.all') }, { value: 75, label: t('duplicates.from', { n: 75 }) }, { value: 95, label: t('duplicates.from', { n: 95 }) }]}
        />
      </div>
      {first?.looked_at ? (
        <p className="soft small" role="status">
          {t('duplicates.count', { n: first.total })} · {t('duplicates.looked', { at: format.dateTime(first.looked_at) })}
        </p>
      ) : null}
      {found.isPending ? <Bones lines={8} tall /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {first ? <Running data={first} /> : null}
      {first && pairs.length === 0 && !first.progress ? (
        <Empty title={t(!first.looked_at ? 'duplicates.waiting' : dismissed ? 'duplicates.none_dismissed' : 'duplicates.empty')}>
          {t(dismissed ? 'duplicates.none_dismissed_lead' : 'duplicates.empty_lead')}
        </Empty>
      ) : null}
      <ul className="pairs">
        {pairs.map((pair) => (
          <Pair key={pair.members.map((file) => file.id).join()} pair={pair} onMerge={() => setMerging(pair)} />
        ))}
      </ul>
      <More when={found.hasNextPage && !found.isFetchingNextPage} ask={() => void found.fetchNextPage()} />
      {passed.length > 0 ? <p className="soft small">{t('duplicates.passed', { list: passed.join(t('duplicates.comma')) })}</p> : null}
      {one && other ? <MergeDialog member={one} known={other} onClose={() => setMerging(null)} /> : null}
    </PageFrame>
  );
}
