import type { UseInfiniteQueryResult, InfiniteData } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { MemberRow } from '@danggol/api';
import { useFormat } from '../format';
import { useText } from '../language';
import { calledOf } from './called';
import { paths } from '../paths';
import { Bones } from './bones';
import { More } from './more';
import { Trouble } from './trouble';

type Rows = UseInfiniteQueryResult<InfiniteData<{ items: MemberRow[]; next_cursor?: string | null }>>;

/** Members of a group, more of them as one scrolls. */
export function MemberTable({ members, label }: { members: Rows; label: string }) {
  const t = useText();
  const format = useFormat();
  const items = members.data?.pages.flatMap((page) => page.items) ?? [];
  const tiered = items.some((member) => member.tier);
  if (members.isSuccess && items.length === 0) return <p className="soft">{t('segments.nobody')}</p>;
  return (
    <>
      {members.isPending ? <Bones lines={5} /> : null}
      {members.isError ? <Trouble error={members.error} retry={() => void members.refetch()} /> : null}
      <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
        <table className="table">
          <thead>
            <tr>
              <th>{t('members.column.name')}</th>
              {tiered ? <th>{t('members.column.tier')}</th> : null}
              <th className="number">{t('members.column.total')}</th>
              <th className="number">{t('members.column.last')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((member) => (
              <tr key={member.id}>
                <td>
                  <Link to={paths.member(member.id)}>{calledOf(member, t)}</Link>
                  <div className="faint small">{member.name ? member.masked_phone : null}</div>
                </td>
                {tiered ? <td>{member.tier?.name ?? '–'}</td> : null}
                <td className="number">{format.money(member.total_minor)}</td>
                <td className="number">{member.last_purchase_at ? format.date(member.last_purchase_at) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More when={members.hasNextPage && !members.isFetchingNextPage} ask={() => void members.fetchNextPage()} />
    </>
  );
}
