import { useEffect, useRef, useState } from 'react';
import { Checkbox } from 'antd';
import { Link, useNavigate } from 'react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import type { MemberRow } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { TierBadge } from '../../parts/tier-badge';
import { paths } from '../../paths';
import { statusText } from '../../text/names';
import { columnText, numeric, widths, type Column } from './columns';

const rowHeight = 56;

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
          {calledOf(row, t)}
        </Link>
        {row.status !== 'active' ? <span className="mark">{t(statusText[row.status])}</span> : null}
        <span className="member-brief" aria-hidden="true">
          {[row.masked_phone, row.tier?.name, t('unit.points', { n: row.points }), format.money(row.total_minor)].filter(Boolean).join(' · ')}
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

interface Props {
  rows: MemberRow[];
  shown: Column[];
  more: () => void;
  total: number;
  /** Those who are chosen, by id; none where nothing can be done with several. */
  chosen: Map<string, MemberRow> | null;
  choose: (rows: MemberRow[], yes: boolean) => void;
}

/** The rows that are in view, however many there are. */
export function Rows({ rows, shown, more, total, chosen, choose }: Props) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useEffect(() => setTop(list.current?.offsetTop ?? 0), [chosen?.size]);
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => rowHeight, overscan: 12, scrollMargin: top });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 30) more();
  }, [last, rows.length, more]);
  const grid = { gridTemplateColumns: `${chosen ? '44px ' : ''}minmax(140px, 1.4fr) ${shown.map((column) => widths[column]).join(' ')}` };
  return (
    <div role="table" aria-label={t('place.members')} aria-rowcount={total} className="member-table">
      <div role="rowgroup">
        <div role="row" className="member-row member-heads" style={grid}>
          {chosen ? (
            <div role="columnheader" className="member-choice">
              <Checkbox
                aria-label={t('members.choose_all')}
                checked={rows.length > 0 && rows.every(({ id }) => chosen.has(id))}
                indeterminate={chosen.size > 0 && !rows.every(({ id }) => chosen.has(id))}
                onChange={(event) => choose(rows, event.target.checked)}
              />
            </div>
          ) : null}
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
                if ((event.target as Element).closest('a, .member-choice') || getSelection()?.toString()) return;
                void navigate(paths.member(row.id));
              }}
            >
              {chosen ? (
                <div role="cell" className="member-choice">
                  <Checkbox aria-label={t('members.choose', { name: calledOf(row, t) })} checked={chosen.has(row.id)} onChange={(event) => choose([row], event.target.checked)} />
                </div>
              ) : null}
              <Row row={row} shown={shown} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
