import { Button } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
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

/** All segments: what each is, and how many were in it at its newest snapshot. */
export function Component() {
  const t = useText();
  const format = useFormat();
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
                  <td className="soft">{segment.kind === 'list' ? t('segments.list') : (segment.words ?? '–')}</td>
                  <td className="number">{segment.snapshot ? format.number(segment.snapshot.members) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </PageFrame>
  );
}
