import type { ComponentProps, ReactNode } from 'react';
import { Button } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { createSegment } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { useText } from '../language';
import { paths } from '../paths';
import { may, useSignedIn } from '../session';
import { MemberTable } from './member-table';
import { Trouble } from './trouble';
import './chosen-members.css';

interface Props {
  title: string;
  members: ComponentProps<typeof MemberTable>['members'];
  /** What a segment of them is called, and who is in it. */
  name: string;
  condition: Parameters<typeof createSegment>[2];
  children?: ReactNode;
}

/** The members behind a figure, who can be kept as a segment. */
export function ChosenMembers({ title, members, name, condition, children }: Props) {
  const t = useText();
  const go = useNavigate();
  const { user } = useSignedIn();
  const keep = useMutation({
    mutationFn: () => createSegment(name.slice(0, 100), 'rule', condition),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ask.segments().queryKey, exact: true });
      void go(paths.segment(made.id));
    },
  });
  return (
    <section className="section chosen-members" aria-label={title} aria-live="polite">
      <div className="section-head">
        <h2>{title}</h2>
        {may(user.role, 'edit_programme') ? (
          <Button loading={keep.isPending} onClick={() => keep.mutate()}>
            {t('classes.keep')}
          </Button>
        ) : null}
      </div>
      {keep.isError ? <Trouble error={keep.error} /> : null}
      {children}
      <MemberTable members={members} label={title} />
    </section>
  );
}
