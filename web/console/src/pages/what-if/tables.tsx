import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { WhatIfMonth, WhatIfMoved, WhatIfResult, WhatIfShifted } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { paths } from '../../paths';

function Table({ title, head, children }: { title: string; head: ReactNode; children: ReactNode }) {
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={title}>
      <table className="table">
        <thead>
          <tr>{head}</tr>
        </thead>
        {children}
      </table>
    </div>
  );
}

function Number({ children }: { children: ReactNode }) {
  return (
    <th scope="col" className="number">
      {children}
    </th>
  );
}

/** A figure under the draft with what it is now beneath it. */
function Both({ now, planned }: { now: number; planned: number }) {
  const format = useFormat();
  return (
    <td className="number">
      {format.number(planned)}
      <div className="faint small">{now === planned ? '=' : format.number(now)}</div>
    </td>
  );
}

function Month({ month, name }: { month: WhatIfMonth; name: string }) {
  const format = useFormat();
  const { in_force: now, planned } = month;
  return (
    <tr>
      <td>{name}</td>
      <td className="number">{format.money(month.sales_minor)}</td>
      <Both now={now.given} planned={planned.given} />
      <Both now={now.taken_back} planned={planned.taken_back} />
      <Both now={now.expired} planned={planned.expired} />
      <Both now={now.spent} planned={planned.spent} />
      <Both now={now.open} planned={planned.open} />
    </tr>
  );
}

/** The months, the newest first, and all of them together. */
export function Months({ result }: { result: WhatIfResult }) {
  const t = useText();
  const format = useFormat();
  return (
    <>
      <p className="soft small">{t('what_if.both')}</p>
      <Table
        title={t('what_if.months')}
        head={
          <>
            <th scope="col">{t('what_if.month')}</th>
            <Number>{t('what_if.sales')}</Number>
            <Number>{t('what_if.given')}</Number>
            <Number>{t('what_if.back')}</Number>
            <Number>{t('what_if.expired')}</Number>
            <Number>{t('what_if.spent')}</Number>
            <Number>{t('what_if.open')}</Number>
          </>
        }
      >
        <tbody>
          {[...result.months].reverse().map((month) => (
            <Month key={month.month} month={month} name={format.month(month.month ?? '')} />
          ))}
        </tbody>
        <tfoot>
          <Month month={result.total} name={t('what_if.total')} />
        </tfoot>
      </Table>
    </>
  );
}

interface Listed {
  member: string;
  name?: string | null;
}

/** Members by name, each with what `cells` says of her. */
function People<Row extends Listed>({ title, head, rows, cells }: { title: string; head: ReactNode; rows: Row[]; cells: (row: Row) => ReactNode }) {
  const t = useText();
  return (
    <div className="what-if-part">
      <h3>{title}</h3>
      {rows.length === 0 ? (
        <p className="soft">{t('what_if.nobody')}</p>
      ) : (
        <div className="what-if-list">
          <Table
            title={title}
            head={
              <>
                <th scope="col">{t('members.column.name')}</th>
                {head}
              </>
            }
          >
            <tbody>
              {rows.map((row) => (
                <tr key={row.member}>
                  <td>
                    <Link to={paths.member(row.member)}>{calledOf({ id: row.member, name: row.name ?? null }, t)}</Link>
                  </td>
                  {cells(row)}
                </tr>
              ))}
            </tbody>
          </Table>
        </div>
      )}
    </div>
  );
}

function Moved({ title, rows }: { title: string; rows: WhatIfMoved[] }) {
  const t = useText();
  const format = useFormat();
  const head = (
    <>
      <th scope="col">{t('what_if.now')}</th>
      <th scope="col">{t('what_if.planned')}</th>
      <Number>{t('what_if.bought')}</Number>
    </>
  );
  const cells = (row: WhatIfMoved) => (
    <>
      <td>{row.in_force ?? t('what_if.no_tier')}</td>
      <td>{row.planned ?? t('what_if.no_tier')}</td>
      <td className="number">{format.money(row.sales_minor)}</td>
    </>
  );
  return <People title={title} head={head} rows={rows} cells={cells} />;
}

/** From which tier to which how many members go, and who they are. */
export function Tiers({ result }: { result: WhatIfResult }) {
  const t = useText();
  const format = useFormat();
  if (result.tiers.every((one) => !one.in_force && !one.planned)) return null;
  return (
    <section className="section" aria-label={t('what_if.tiers')}>
      <h2>{t('what_if.tiers')}</h2>
      <Table
        title={t('what_if.tiers')}
        head={
          <>
            <th scope="col">{t('what_if.now')}</th>
            <th scope="col">{t('what_if.planned')}</th>
            <th scope="col">{t('what_if.move')}</th>
            <Number>{t('what_if.members')}</Number>
          </>
        }
      >
        <tbody>
          {result.tiers.map((one) => (
            <tr key={`${one.in_force} ${one.planned}`}>
              <td>{one.in_force_name ?? t('what_if.no_tier')}</td>
              <td>{one.planned_name ?? t('what_if.no_tier')}</td>
              <td className={one.direction === 'up' ? 'gain' : one.direction === 'down' ? 'loss' : 'soft'}>
                {one.direction === 'up' ? `↑ ${t('what_if.up')}` : one.direction === 'down' ? `↓ ${t('what_if.down')}` : t('what_if.stays')}
              </td>
              <td className="number">{format.number(one.members)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      <div className="what-if-two">
        <Moved title={t('what_if.up_list')} rows={result.up} />
        <Moved title={t('what_if.down_list')} rows={result.down} />
      </div>
    </section>
  );
}

function Shifted({ title, rows }: { title: string; rows: WhatIfShifted[] }) {
  const t = useText();
  const format = useFormat();
  const head = (
    <>
      <Number>{t('what_if.now')}</Number>
      <Number>{t('what_if.planned')}</Number>
      <Number>{t('what_if.difference')}</Number>
    </>
  );
  const cells = (row: WhatIfShifted) => (
    <>
      <td className="number">{format.number(row.in_force)}</td>
      <td className="number">{format.number(row.planned)}</td>
      <td className={row.planned > row.in_force ? 'number gain' : 'number loss'}>{format.signed(row.planned - row.in_force)}</td>
    </>
  );
  return <People title={title} head={head} rows={rows} cells={cells} />;
}

/** Who gains and who loses most. */
export function Members({ result }: { result: WhatIfResult }) {
  const t = useText();
  return (
    <section className="section" aria-label={t('what_if.points')}>
      <h2>{t('what_if.points')}</h2>
      <p className="soft small">{t('what_if.points_lead')}</p>
      <div className="what-if-two">
        <Shifted title={t('what_if.winners')} rows={result.winners} />
        <Shifted title={t('what_if.losers')} rows={result.losers} />
      </div>
    </section>
  );
}
