import { useEffect, useMemo, useRef, useState } from 'react';
import { Button, Dropdown, Input } from 'antd';
import { SearchOutlined, TableOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { MemberRow } from '@danggol/api';
import * as ask from '../data/queries';
import { useFormat } from '../format';
import { useText, type T } from '../language';
import { Bones } from '../parts/bones';
import { Empty } from '../parts/empty';
import { PageFrame } from '../parts/page';
import { TierBadge } from '../parts/tier-badge';
import { Trouble } from '../parts/trouble';
import { useLater } from '../parts/later';
import { paths } from '../paths';
import { may, places, useSignedIn } from '../session';
import type { TextKey } from '../text';
import { statusText } from '../text/names';
import './members.css';

type Column = 'phone' | 'card' | 'tier' | 'points' | 'total' | 'last' | 'joined' | 'store';
const columns: Column[] = ['phone', 'card', 'tier', 'points', 'total', 'last', 'joined', 'store'];
const usual: Column[] = ['phone', 'tier', 'points', 'total', 'last'];
const numeric: Column[] = ['points', 'total', 'last', 'joined'];
const columnText: Record<Column, TextKey> = {
  phone: 'members.column.phone',
  card: 'members.column.card',
  tier: 'members.column.tier',
  points: 'members.column.points',
  total: 'members.column.total',
  last: 'members.column.last',
  joined: 'members.column.joined',
  store: 'members.column.store',
};
const widths: Record<Column, string> = {
  phone: 'minmax(128px, 1.1fr)', card: 'minmax(128px, 1.1fr)', tier: 'minmax(88px, .8fr)', points: 'minmax(84px, .7fr)', total: 'minmax(112px, 1fr)', last: 'minmax(104px, .8fr)',
  joined: 'minmax(104px, .8fr)', store: 'minmax(64px, .6fr)',
};
const kept = 'danggol.members.columns';
const rowHeight = 56;

function keptColumns(): Column[] {
  const words = localStorage.getItem(kept)?.split(',');
  return words ? columns.filter((column) => words.includes(column)) : usual;
}

/** A search may be a phone number, so it stays behind the `#`, which browsers send to no server. */
function queryInAddress(): string {
  return new URLSearchParams(location.hash.slice(1)).get('q') ?? '';
}

/** Changes the address without a navigation, because that would cut short one that a click has just begun. */
function putQueryInAddress(query: string): void {
  const hash = query ? `#${new URLSearchParams({ q: query }).toString()}` : '';
  history.replaceState(history.state, '', `${location.pathname}${location.search}${hash}`);
}

function Cell({ row, column }: { row: MemberRow; column: Column }) {
  const format = useFormat();
  const t = useText();
  switch (column) {
    case 'phone':
      return row.masked_phone ?? <span className="faint">–</span>;
    case 'card':
      return row.card_no ?? <span className="faint">–</span>;
    case 'tier':
      return row.tier ? <TierBadge name={row.tier.name} /> : <span className="faint">–</span>;
    case 'points':
      return format.number(row.points);
    case 'total':
      return format.amount(row.total_minor);
    case 'last':
      return row.last_purchase_at ? format.ago(row.last_purchase_at) : <span className="faint">{t('members.never')}</span>;
    case 'joined':
      return format.date(row.joined_at);
    case 'store':
      return row.store ?? <span className="faint">–</span>;
  }
}

function Row({ row, shown }: { row: MemberRow; shown: Column[] }) {
  const t = useText();
  const format = useFormat();
  return (
    <>
      <div role="cell" className="member-cell member-name">
        <Link to={paths.member(row.id)} className="member-link">
          {row.name ?? t('member.nameless')}
        </Link>
        {row.status !== 'active' ? <span className="mark">{t(statusText[row.status])}</span> : null}
        <span className="member-brief" aria-hidden="true">
          {[row.masked_phone, row.tier?.name, t('unit.points', { n: row.points })].filter(Boolean).join(' · ')}
        </span>
      </div>
      {shown.map((column) => (
        <div key={column} role="cell" className={numeric.includes(column) ? 'member-cell number' : 'member-cell'} title={column === 'last' && row.last_purchase_at ? format.date(row.last_purchase_at) : undefined}>
          <Cell row={row} column={column} />
        </div>
      ))}
    </>
  );
}

function Rows({ rows, shown, more, total }: { rows: MemberRow[]; shown: Column[]; more: () => void; total: number }) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => setTop(list.current?.offsetTop ?? 0), []);
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => rowHeight, overscan: 12, scrollMargin: top });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 30) more();
  }, [last, rows.length, more]);
  const grid = { gridTemplateColumns: `minmax(140px, 1.4fr) ${shown.map((column) => widths[column]).join(' ')}` };
  return (
    <div role="table" aria-label={t('place.members')} aria-rowcount={total} className="member-table">
      <div role="rowgroup">
        <div role="row" className="member-row member-heads" style={grid}>
          <div role="columnheader" className="member-cell">
            {t('members.column.name')}
          </div>
          {shown.map((column) => (
            <div key={column} role="columnheader" className={numeric.includes(column) ? 'member-cell number' : 'member-cell'}>
              {column === 'total' ? `${t(columnText.total)} (${format.currencySign})` : t(columnText[column])}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" ref={list} style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={row.id}
              role="row"
              aria-rowindex={item.index + 2}
              className="member-row"
              style={{ ...grid, height: rowHeight, transform: `translateY(${item.start - virtual.options.scrollMargin}px)` }}
              onClick={(event) => {
                if (event.target instanceof HTMLAnchorElement || getSelection()?.toString()) return;
                void navigate(paths.member(row.id));
              }}
            >
              <Row row={row} shown={shown} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** How many there are where that is known; a long list says only what it begins with. */
function countWords(known: number | null, searching: boolean, loaded: number, t: T): string {
  if (known === null) return searching ? t('members.found_more', { n: loaded }) : t('members.newest');
  return t(searching ? 'members.found' : 'members.count', { n: known });
}

function Nobody({ query }: { query: string }) {
  const t = useText();
  const navigate = useNavigate();
  const { user } = useSignedIn();
  const enrol = may(user.role, 'enrol');
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
  const [typed, setTyped] = useState(queryInAddress);
  const [shown, setShown] = useState(keptColumns);
  const settled = useLater(typed.trim(), 160);
  useEffect(() => {
    if (location.pathname === paths.members() && settled !== queryInAddress()) putQueryInAddress(settled);
  }, [settled]);
  const found = useInfiniteQuery(ask.memberSearch(settled));
  const rows = useMemo(() => found.data?.pages.flatMap((page) => page.items) ?? [], [found.data]);
  const known = found.data?.pages[0]?.total ?? (found.hasNextPage ? null : rows.length);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const more = useMemo(
    () => () => {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    [hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  const toggle = (column: Column) => {
    const next = shown.includes(column) ? shown.filter((other) => other !== column) : columns.filter((other) => other === column || shown.includes(other));
    localStorage.setItem(kept, next.join(','));
    setShown(next);
  };

  return (
    <PageFrame
      wide
      title={t('place.members')}
      actions={
        may(user.role, 'enrol') ? (
          <Button type="primary" onClick={() => void navigate(paths.counter())}>
            {t('members.enrol')}
          </Button>
        ) : null
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
        <Dropdown
          trigger={['click']}
          menu={{ items: columns.map((column) => ({ key: column, label: t(columnText[column]) })), multiple: true, selectable: true, selectedKeys: shown, onSelect: ({ key }) => toggle(key as Column), onDeselect: ({ key }) => toggle(key as Column) }}
        >
          <Button size="large" className="members-columns" icon={<TableOutlined />}>
            {t('members.columns')}
          </Button>
        </Dropdown>
      </div>
      <p className="soft small" role="status">
        {found.data && rows.length > 0 ? countWords(known, settled !== '', rows.length, t) : ''}
      </p>
      {found.isPending ? <Bones lines={8} tall /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {found.data && rows.length === 0 ? <Nobody query={settled} /> : null}
      {rows.length > 0 ? <Rows rows={rows} shown={shown} more={more} total={known ?? -1} /> : null}
    </PageFrame>
  );
}
