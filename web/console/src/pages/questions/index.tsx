import { Button } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import type { Question } from '@danggol/api';
import { createSegment } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Bones } from '../../parts/bones';
import { GroupTabs } from '../../parts/group-tabs';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import './questions.css';

function Answer({ question }: { question: Question }) {
  const t = useText();
  const go = useNavigate();
  const { user } = useSignedIn();
  const keep = useMutation({
    mutationFn: () => createSegment(question.name.replace(/[?？]$/, ''), 'rule', question.condition),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ask.segments().queryKey, exact: true });
      void go(paths.segment(made.id));
    },
  });
  return (
    <section className="section question" aria-label={question.name}>
      <div className="section-head">
        <h2>{question.name}</h2>
        <strong className="question-count">{t('unit.people', { n: question.count })}</strong>
      </div>
      <p>{question.advice}</p>
      <p className="soft small capital">{question.words}</p>
      {question.sample.length > 0 ? (
        <ul className="inline small">
          {question.sample.map((member) => (
            <li key={member.id}>
              <Link to={paths.member(member.id, 'portrait')}>{calledOf(member, t)}</Link>
            </li>
          ))}
        </ul>
      ) : null}
      {question.count > 0 && may(user.role, 'edit_programme') ? (
        <div className="inline">
          <Button loading={keep.isPending} onClick={() => keep.mutate()}>
            {t('classes.keep')}
          </Button>
          {keep.isError ? <Trouble error={keep.error} /> : null}
        </div>
      ) : null}
    </section>
  );
}

/** Questions about customers, answered from what they did, each with what to do about it. */
export function Component() {
  const t = useText();
  const questions = useQuery(ask.questions());
  return (
    <PageFrame title={t('questions.title')} lead={t('questions.lead')}>
      <GroupTabs />
      {questions.isPending ? <Bones lines={8} tall /> : null}
      {questions.isError ? <Trouble error={questions.error} retry={() => void questions.refetch()} /> : null}
      {questions.data?.items.map((question) => (
        <Answer key={question.code} question={question} />
      ))}
    </PageFrame>
  );
}
