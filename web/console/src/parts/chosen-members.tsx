import type { ComponentProps, ReactNode } from 'react';
import { Button } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { createSegment } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { paths } from '../paths';
import { may, useSignedIn } from '../session';
import { MemberTable } from './member-table';
import { Trouble } from './trouble';
import './chosen-members.css';

interface Props {
  title: string;
  members: ComponentProps<typeof MemberTable>['members'];
  /** What keeping them is called, and what makes the segment or list; its id. */
  keepWords: string;
  keepAs: () => Promise<string>;
  /** Within a section that has a heading of its own, the next level. */
  level?: 2 | 3;
  children?: ReactNode;
}

/** Makes a segment of whoever a condition holds for; its id. */
export async function keepSegment(name: string, condition: Parameters<typeof createSegment>[2]): Promise<string> {
  return (await createSegment(name.slice(0, 100), 'rule', condition)).id;
}

/** The members behind a figure, who can be kept as a segment or a list. */
export function ChosenMembers({ title, members, keepWords, keepAs, level = 2, children }: Props) {
  const Heading = `h${level}` as const;
  const go = useNavigate();
  const { user } = useSignedIn();
  const keep = useMutation({
    mutationFn: keepAs,
    onSuccess: (id) => {
      void queries.invalidateQueries({ queryKey: ask.segments().queryKey, exact: true });
      void go(paths.segment(id));
    },
  });
  return (
    <section className="section chosen-members" aria-label={title} aria-live="polite">
      <div className="section-head">
        <Heading>{title}</Heading>
        {may(user.role, 'edit_programme') ? (
          <Button loading={keep.isPending} onClick={() => keep.mutate()}>
            {keepWords}
          </Button>
        ) : null}
      </div>
      {keep.isError ? <Trouble error={keep.error} /> : null}
      {children}
      <MemberTable members={members} label={title} />
    </section>
  );
}
