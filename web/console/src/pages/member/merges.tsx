import { App, Button } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Member } from '@danggol/api';
import { listMerges, undoMerge } from '../../data/api';
import { queries } from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';

/** Whom this file went into, or who went into it, with the way back. */
export function Merges({ member }: { member: Member }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const { message } = App.useApp();
  const merges = useQuery({ queryKey: ['member', member.id, 'merges'], queryFn: ({ signal }) => listMerges(member.id, signal) });
  const undo = useMutation({
    mutationFn: undoMerge,
    onSuccess: () => {
      void message.success(t('merge.undone'));
      void queries.invalidateQueries({ queryKey: ['member'] });
      void queries.invalidateQueries({ queryKey: ['members'] });
    },
  });
  const standing = merges.data?.items.filter((merge) => !merge.undone_at) ?? [];
  if (standing.length === 0) return null;
  return (
    <section className="section" aria-label={t('merge.title')}>
      {standing.map((merge) => {
        const gone = merge.absorb === member.id;
        const other = gone ? merge.keep : merge.absorb;
        const name = calledOf(merges.data?.members.find((row) => row.id === other) ?? { id: other }, t);
        return (
          <p key={merge.id} className="soft">
            {t(gone ? 'merge.went' : 'merge.came', { date: format.date(merge.at) })} <Link to={paths.member(other)}>{name}</Link>{' '}
            {may(user.role, 'adjust') ? (
              <Button size="small" loading={undo.isPending && undo.variables === merge.id} onClick={() => undo.mutate(merge.id)}>
                {t('merge.undo')}
              </Button>
            ) : null}
          </p>
        );
      })}
      {undo.isError ? <Trouble error={undo.error} /> : null}
    </section>
  );
}
