import { Button } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import type { Segment } from '@danggol/api';
import { createSegment } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { GroupTabs } from '../../parts/group-tabs';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import './segments.css';

/** How many are in a segment now: until they are counted, how many there were at its newest snapshot. */
function Count({ segment }: { segment: Segment }) {
  const format = useFormat();
  const counts = useQuery(ask.segmentCounts());
  const members = counts.data ? counts.data.get(segment.id) : segment.snapshot?.members;
  if (members !== undefined) return <span className={counts.data ? undefined : 'faint'}>{format.number(members)}</span>;
  return counts.isPending ? <span className="bone segment-count" aria-hidden="true" /> : '–';
}

/** All segments: what each is, and how many are in it now. */
export function Component() {
  const t = useText();
  const go = useNavigate();
  const { user } = useSignedIn();
  const segments = useQuery(ask.segments());
  const create = useMutation({
    mutationFn: (kind: 'rule' | 'list') => createSegment(t('segments.untitled'), kind),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ask.segments().queryKey, exact: true });
      void go(paths.segment(made.id));
    },
  });
  const actions = may(user.role, 'edit_programme') ? (
    <>
      <Button onClick={() => create.mutate('list')}>{t('segments.new_list')}</Button>
      <Button type="primary" loading={create.isPending} onClick={() => create.mutate('rule')}>
        {t('segments.new_rule')}
      </Button>
    </>
  ) : null;
  const items = segments.data?.items ?? [];
  return (
    <PageFrame title={t('place.segments')} lead={t('segments.lead')} actions={actions}>
      <GroupTabs />
      {create.isError ? <Trouble error={create.error} /> : null}
      {segments.isPending ? <Bones lines={5} /> : null}
      {segments.isError ? <Trouble error={segments.error} retry={() => void segments.refetch()} /> : null}
      {segments.isSuccess && items.length === 0 ? <Empty title={t('segments.empty')}>{t('segments.empty_lead')}</Empty> : null}
      {items.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={t('place.segments')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('segments.name')}</th>
                <th scope="col">{t('segments.condition')}</th>
                <th scope="col" className="number">
                  {t('segments.members')}
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((segment) => (
                <tr key={segment.id}>
                  <td>
                    <Link to={paths.segment(segment.id)}>{segment.name}</Link>
                  </td>
                  <td className="soft capital">{segment.kind === 'list' ? t('segments.list') : (segment.words ?? t('segments.no_condition'))}</td>
                  <td className="number">
                    <Count segment={segment} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </PageFrame>
  );
}
