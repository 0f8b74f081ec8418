import { useState } from 'react';
import { Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Duplicate, Member } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Certainty, useDecision } from '../../parts/duplicate';
import { MergeDialog } from '../../parts/merge-dialog';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';

/** Other files that may be hers too, with the way to say so. */
export function MemberDuplicates({ member }: { member: Member }) {
  const t = useText();
  const { user } = useSignedIn();
  const found = useQuery(ask.memberDuplicates(member.id));
  const decide = useDecision();
  const [merging, setMerging] = useState<Duplicate['members'][number] | null>(null);
  const pairs = found.data?.items ?? [];
  if (pairs.length === 0 && !merging) return null;
  return (
    <section className="section" aria-label={t('duplicates.title')}>
      {pairs.map((pair) => {
        const other = pair.members.find((one) => one.id !== member.id);
        if (!other) return null;
        return (
          <p key={other.id}>
            {t('duplicates.hers')} <Link to={paths.member(other.id)}>{calledOf(other, t)}</Link> <Certainty pair={pair} />{' '}
            <span className="soft">{pair.reasons.filter((reason) => reason.speaks_for).map((reason) => reason.words).join(' · ')}</span>{' '}
            {may(user.role, 'adjust') ? (
              <Button size="small" onClick={() => setMerging(other)}>
                {t('duplicates.merge')}
              </Button>
            ) : null}{' '}
            {may(user.role, 'enrol') ? (
              <Button size="small" loading={decide.isPending} onClick={() => decide.mutate({ pair, same: false })}>
                {t('duplicates.dismiss')}
              </Button>
            ) : null}
          </p>
        );
      })}
      {merging ? <MergeDialog member={member} known={merging} onClose={() => setMerging(null)} /> : null}
    </section>
  );
}
