import { useCallback, useEffect, useMemo, useState } from 'react';
import { Button, Input } from 'antd';
import { SearchOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate } from 'react-router';
import type { MemberRow } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText, type T } from '../../language';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { useLater } from '../../parts/later';
import { paths } from '../../paths';
import { may, places, useSignedIn } from '../../session';
import { Chosen } from './chosen';
import { keepColumns, keptColumns, type Column } from './columns';
import { ExportButton } from './export-button';
import { Filters } from './filters';
import { isFiltered, readFilter, writeFilter, type MemberFilter } from './filter';
import { Rows } from './rows';
import { Views } from './views';
import './members.css';

/** A search may be a phone number, so it stays behind the `#`, which browsers send to no server. */
function queryInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get('q') ?? '';
}

/** Changes the address without a navigation, because that would cut short one that a click has just begun. */
function putQueryInAddress(query: string): void {
  const hash = query ? `#${new URLSearchParams({ q: query }).toString()}` : '';
  history.replaceState(history.state, '', `${location.pathname}${location.search}${hash}`);
}

/** How many there are where that is known; a long list says only what it begins with. */
function countWords(known: number | null, searching: boolean, loaded: number, t: T): string {
  if (known === null) return searching ? t('members.found_more', { n: loaded }) : t('members.newest');
  return t(searching ? 'members.found' : 'members.count', { n: known });
}

function Nobody({ query, filtered, reset }: { query: string; filtered: boolean; reset: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const { user } = useSignedIn();
  const enrol = may(user.role, 'enrol');
  if (filtered) {
    return (
      <Empty title={t('members.filter_none')} action={<Button onClick={reset}>{t('members.filter_clear')}</Button>}>
        {t('members.filter_none_lead')}
      </Empty>
    );
  }
  if (query) {
    return (
      <Empty
        title={t('members.none_title', { query })}
        action={enrol ? <Button onClick={() => void navigate(paths.counter(), { state: { typed: query } })}>{t('members.enrol_this')}</Button> : null}
      >
        {t('members.none')}
      </Empty>
    );
  }
  return (
    <Empty
      title={t('members.empty_title')}
      action={
        places(user.role).includes('import') ? (
          <Button type="primary" size="large" onClick={() => void navigate(paths.imports())}>
            {t('members.empty_import')}
          </Button>
        ) : enrol ? (
          <Button type="primary" size="large" onClick={() => void navigate(paths.counter())}>
            {t('today.empty_counter')}
          </Button>
        ) : null
      }
    >
      {t('members.empty')}
    </Empty>
  );
}

export function Component() {
  const t = useText();
  const { user } = useSignedIn();
  const navigate = useNavigate();
  const { search } = useLocation();
  const [typed, setTyped] = useState(queryInAddress);
  const [shown, setShown] = useState(keptColumns);
  const [chosen, setChosen] = useState(new Map<string, MemberRow>());
  const settled = useLater(typed.trim(), 160);
  const filter = useMemo(() => readFilter(search), [search]);
  useEffect(() => {
    if (location.pathname === paths.members() && settled !== queryInAddress()) putQueryInAddress(settled);
  }, [settled]);
  const found = useInfiniteQuery(ask.memberSearch(settled, filter));
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const counted = useQuery({ ...ask.memberCount(filter), enabled: settled === '' && found.hasNextPage });
  const known = found.hasNextPage ? (settled === '' ? (counted.data?.count ?? null) : null) : (found.data?.pages[0]?.total ?? rows.length);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // A page may hold nobody whom the filter takes although there are further ones.
  useEffect(() => {
    if (rows.length < 30) more();
  }, [rows.length, more]);
  const show = (columns: Column[]) => {
    keepColumns(columns);
    setShown(columns);
  };
  const choose = useCallback((which: MemberRow[], yes: boolean) => {
    setChosen((before) => {
      const next = new Map(before);
      for (const row of which) {
        if (yes) next.set(row.id, row);
        else next.delete(row.id);
      }
      return next;
    });
  }, []);
  const setFilter = (next: MemberFilter) => {
    setChosen(new Map());
    void navigate({ search: writeFilter(next), hash: location.hash }, { replace: true, preventScrollReset: true });
  };
  const filtered = isFiltered(filter);
  const manages = may(user.role, 'enrol');

  return (
    <PageFrame
      wide
      title={t('place.members')}
      actions={
        <>
          <Button onClick={() => void navigate(paths.duplicates())}>{t('duplicates.title')}</Button>
          {manages ? (
            <Button type="primary" onClick={() => void navigate(paths.counter())}>
              {t('members.enrol')}
            </Button>
          ) : null}
        </>
      }
    >
      <div className="members-tools">
        <Input
          size="large"
          allowClear
          type="search"
          prefix={<SearchOutlined aria-hidden="true" />}
          value={typed}
          aria-label={t('members.search')}
          placeholder={t('members.search')}
          onChange={(event) => setTyped(event.target.value)}
          onPressEnter={(event) => {
            const first = rows[0];
            if (!event.nativeEvent.isComposing && first && typed.trim() && settled === typed.trim()) void navigate(paths.member(first.id));
          }}
        />
        <Filters filter={filter} setFilter={setFilter} />
        <Views filter={filter} setFilter={setFilter} shown={shown} setShown={show} />
        {may(user.role, 'export') ? <ExportButton what={{ query: settled, filter: filter }} disabled={rows.length === 0} /> : null}
      </div>
      <p className="soft small" role="status">
        {found.data && rows.length > 0 ? countWords(known, settled !== '' || filtered, rows.length, t) : ''}
      </p>
      {found.isPending ? <Bones lines={8} tall /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {found.data && rows.length === 0 && !hasNextPage ? <Nobody query={settled} filtered={filtered} reset={() => setFilter(readFilter(''))} /> : null}
      {rows.length > 0 ? <Rows rows={rows} shown={shown} more={more} total={known ?? -1} chosen={manages ? chosen : null} choose={choose} /> : null}
      {chosen.size > 0 ? <Chosen chosen={chosen} clear={() => setChosen(new Map())} /> : null}
    </PageFrame>
  );
}
