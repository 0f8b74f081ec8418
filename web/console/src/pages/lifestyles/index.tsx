import { useState } from 'react';
import { Button, Progress } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Lifestyles, LifestyleStage } from '@danggol/api';
import { answerLifestyles, fitLifestyles } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { CountField } from '../../parts/count-field';
import { Empty } from '../../parts/empty';
import { Field } from '../../parts/field';
import { GroupTabs } from '../../parts/group-tabs';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';
import type { TextKey } from '../../text';
import { Group } from './group';
import { Meanings } from './meanings';
import { Moves } from './moves';
import './lifestyles.css';

const stageText: Record<LifestyleStage, TextKey> = { reading: 'lifestyles.stage.reading', grouping: 'lifestyles.stage.grouping', writing: 'lifestyles.stage.writing' };

function useFit() {
  return useMutation({
    mutationFn: (groups: number | null) => fitLifestyles(groups),
    onSuccess: (seen) => queries.setQueryData(ask.lifestyles().queryKey, seen),
  });
}

/** Asks for groups, or says what is missing for them and when it will be there. */
function Begin({ data }: { data: Lifestyles }) {
  const t = useText();
  const { user } = useSignedIn();
  const fit = useFit();
  const lacks = data.state === 'lacking';
  return (
    <Empty
      title={t(lacks ? 'lifestyles.lacking' : 'lifestyles.empty')}
      action={
        may(user.role, 'edit_programme') ? (
          <Button type={lacks ? 'default' : 'primary'} loading={fit.isPending} onClick={() => fit.mutate(null)}>
            {t(lacks ? 'lifestyles.again' : 'lifestyles.begin')}
          </Button>
        ) : null
      }
    >
      {lacks ? data.lack?.sentence : t('lifestyles.empty_lead')}
      {fit.isError ? <Trouble error={fit.error} /> : null}
    </Empty>
  );
}

function Running({ data }: { data: Lifestyles }) {
  const t = useText();
  const { progress } = data;
  const share = progress ? { reading: 30, grouping: 65, writing: 90 }[progress.stage] : 5;
  return (
    <section className="section wait-line" aria-live="polite">
      <p>{progress ? t(stageText[progress.stage], { n: progress.done }) : t('lifestyles.progress')}</p>
      <Progress percent={share} status="active" showInfo={false} aria-label={t('lifestyles.title')} />
      <p className="soft small">{t('lifestyles.background')}</p>
    </section>
  );
}

function Proposal({ data }: { data: Lifestyles }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const answer = useMutation({
    mutationFn: (take: boolean) => answerLifestyles(take),
    onSuccess: (seen) => queries.setQueryData(ask.lifestyles().queryKey, seen),
  });
  const { proposal } = data;
  if (!proposal) return null;
  const names = new Map([...data.groups, ...proposal.groups].map((group) => [group.code, group.name]));
  return (
    <section className="section" aria-label={t('lifestyles.proposal')}>
      <div className="section-head">
        <h2>{t('lifestyles.proposal')}</h2>
        {may(user.role, 'edit_programme') ? (
          <div className="inline">
            <Button disabled={answer.isPending} onClick={() => answer.mutate(false)}>
              {t('lifestyles.drop')}
            </Button>
            <Button type="primary" loading={answer.isPending} onClick={() => answer.mutate(true)}>
              {t('lifestyles.take')}
            </Button>
          </div>
        ) : null}
      </div>
      {answer.isError ? <Trouble error={answer.error} /> : null}
      <p>{t('lifestyles.proposal_said', { share: format.percent(proposal.moved_bp, 1), before: data.quality_percent ?? 0, after: proposal.quality_percent })}</p>
      <ul>
        {proposal.groups.map((group) => (
          <li key={group.code}>
            <strong>{group.name}</strong>{' '}
            <span className="soft">
              {t('unit.people', { n: group.members })} · {group.apart.slice(0, 4).map((apart) => apart.category).join(' · ')}
            </span>
          </li>
        ))}
      </ul>
      <Moves moved={proposal.moved} names={names} />
    </section>
  );
}

function Anew() {
  const t = useText();
  const fit = useFit();
  const [count, setCount] = useState<number | null>(null);
  return (
    <section className="section" aria-label={t('lifestyles.anew')}>
      <h2>{t('lifestyles.anew')}</h2>
      <p className="soft">{t('lifestyles.anew_lead')}</p>
      <Field className="life-count" label={t('lifestyles.count')} hint={t('lifestyles.count_hint')}>
        {(control) => <CountField {...control} min={2} max={20} value={count} onChange={setCount} />}
      </Field>
      <div className="inline">
        <Button loading={fit.isPending} onClick={() => fit.mutate(count)}>
          {t('lifestyles.anew')}
        </Button>
        {fit.isError ? <Trouble error={fit.error} /> : null}
      </div>
    </section>
  );
}

/** Members who buy alike: what sets each group apart, what it brings, who moved, and what categories mean. */
export function Component() {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const seen = useQuery(ask.lifestyles());
  const { data } = seen;
  const names = new Map(data?.groups.map((group) => [group.code, group.name]));
  const changes = may(user.role, 'edit_programme');
  const isFirst = !data?.moved.some((one) => one.from);
  return (
    <PageFrame title={t('lifestyles.title')} lead={t('lifestyles.lead')}>
      <GroupTabs />
      {seen.isPending ? <Bones lines={8} tall /> : null}
      {seen.isError ? <Trouble error={seen.error} retry={() => void seen.refetch()} /> : null}
      {data && data.groups.length === 0 && data.state !== 'running' ? <Begin data={data} /> : null}
      {data?.state === 'running' ? <Running data={data} /> : null}
      {data ? <Proposal data={data} /> : null}
      {data && data.groups.length > 0 ? (
        <>
          {data.lack ? <p role="status">{data.lack.sentence}</p> : null}
          {data.fitted_at && data.from && data.to && data.next_on ? (
            <p className="soft small">
              {t('lifestyles.fitted', { at: format.dateTime(data.fitted_at), from: format.date(data.from), to: format.date(data.to), next: format.date(data.next_on), quality: data.quality_percent ?? 0 })}
            </p>
          ) : null}
          <ul className="lives">
            {data.groups.map((group) => (
              <Group key={group.code} group={group} isFirst={isFirst} />
            ))}
          </ul>
          {isFirst ? null : (
            <section className="section" aria-label={t('lifestyles.movement')}>
              <h2>{t('lifestyles.movement')}</h2>
              <p>{data.moved_bp > 0 ? t('lifestyles.movement_said', { share: format.percent(data.moved_bp, 1) }) : t('lifestyles.movement_none')}</p>
              <Moves moved={data.moved} names={names} />
            </section>
          )}
          <Meanings />
          {changes && data.state !== 'running' ? <Anew /> : null}
        </>
      ) : null}
    </PageFrame>
  );
}
