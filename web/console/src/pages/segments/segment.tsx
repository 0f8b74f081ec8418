import { useEffect, useMemo, useRef, useState } from 'react';
import { App, Button, Input, Select } from 'antd';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from 'react-router';
import type { Attribute, Condition, Segment } from '@danggol/api';
import { applySegment, archiveSegment, draftSegment, renameSegment } from '../../data/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Bones } from '../../parts/bones';
import { useLater } from '../../parts/later';
import { GroupTabs } from '../../parts/group-tabs';
import { MemberTable } from '../../parts/member-table';
import { PageFrame } from '../../parts/page';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { ConditionTree } from '../benefits/condition';
import { ExportButton } from '../members/export-button';
import { ListEditor } from './list-editor';
import { OverTime } from './over-time';
import { refresh } from './refresh';
import '../benefits/benefits.css';
import './segments.css';

const ofMembers: Attribute['of'][] = ['member', 'standing'];

/** How many fit while the condition is being edited, who some of them are, how it reads and what is wrong with it. */
function Live({ id, condition }: { id: string; condition: Condition }) {
  const t = useText();
  const format = useFormat();
  const preview = useQuery(ask.segmentPreview(id, useLater(condition, 250)));
  if (preview.isPending) return <Bones lines={3} />;
  if (preview.isError) return <Trouble error={preview.error} retry={() => void preview.refetch()} />;
  const { count, words, sample, faults, took_us: took } = preview.data;
  return (
    <div className="rule-words" aria-live="polite">
      {count != null ? (
        <p>
          <strong>{t('segments.count', { n: count })}</strong> <span className="soft small">{t('segments.took', { ms: format.number(Math.ceil(took / 1000)) })}</span>
        </p>
      ) : null}
      <p className="capital">{words}</p>
      {faults.map((fault) => (
        <p key={`${fault.path}-${fault.code}`} className="field-fault" role="alert">
          {fault.text}
        </p>
      ))}
      <ul className="inline small segment-sample">
        {sample.map((member) => (
          <li key={member.id}>
            <Link to={paths.member(member.id)}>{calledOf(member, t)}</Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The tree, whose draft keeps itself, and the button that puts it in force. */
function Editor({ segment }: { segment: Segment }) {
  const t = useText();
  const { message } = App.useApp();
  const [condition, setCondition] = useState<Condition | null>(() => (segment.draft as Condition | null) ?? segment.condition ?? null);
  const kept = useRef(condition);
  const later = useLater(condition, 600);
  const keep = useMutation({ mutationFn: (draft: Condition) => draftSegment(segment.id, draft) });
  const attributes = useQuery(ask.attributes());
  const segments = useQuery(ask.segments());
  const tags = useQuery(ask.tags());
  const { mutate } = keep;
  useEffect(() => {
    if (later && later !== kept.current) {
      kept.current = later;
      mutate(later);
    }
  }, [later, mutate]);
  const apply = useMutation({
    mutationFn: (next: Condition) => applySegment(segment.id, next),
    onSuccess: () => {
      kept.current = condition;
      refresh();
      void message.success(t('segments.applied'));
    },
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  const beyond = useMemo(
    () => ({
      measures: attributes.data?.measures ?? [],
      segments: [
        ...(segments.data?.items ?? []).map((one) => ({ value: one.id, label: one.name })),
        ...(tags.data?.items ?? []).map((one) => ({ value: one.id, label: t('tags.option', { name: one.name }) })),
      ].filter((one) => one.value !== segment.id),
    }),
    [attributes.data, segments.data, tags.data, segment.id, t],
  );
  return (
    <section className="section" aria-label={t('segments.condition')}>
      <h2>{t('segments.condition')}</h2>
      <ConditionTree of={ofMembers} beyond={beyond} value={condition} onChange={setCondition} />
      {condition ? <Live id={segment.id} condition={condition} /> : <p className="soft">{t('segments.no_condition')}</p>}
      <div className="inline">
        <Button type="primary" disabled={!condition} loading={apply.isPending} onClick={() => condition && apply.mutate(condition)}>
          {t('segments.apply')}
        </Button>
        <span className="soft small" role="status">
          {keep.isPending ? t('segments.keeping') : keep.isSuccess ? t('segments.kept') : segment.draft ? t('segments.differs') : null}
        </span>
        {keep.isError ? <Trouble error={keep.error} retry={() => condition && keep.mutate(condition)} /> : null}
      </div>
    </section>
  );
}

function Members({ id, name }: { id: string; name: string }) {
  const t = useText();
  const members = useInfiniteQuery(ask.segmentMembers(id));
  return (
    <section className="section" aria-label={t('segments.members')}>
      <div className="section-head">
        <h2>{t('segments.members')}</h2>
        <ExportButton small what={{ segment: id }} name={name} />
      </div>
      <MemberTable members={members} label={t('segments.members')} />
    </section>
  );
}

/** How many members this segment and another have in common. */
function Overlap({ id }: { id: string }) {
  const t = useText();
  const format = useFormat();
  const [other, setOther] = useState('');
  const segments = useQuery(ask.segments());
  const overlap = useQuery(ask.overlap(id, other));
  const options = (segments.data?.items ?? []).filter((one) => one.id !== id).map((one) => ({ value: one.id, label: one.name }));
  if (options.length === 0) return null;
  const share = (both: number, whole: number) => format.percent(whole > 0 ? Math.round((both / whole) * 10_000) : 0);
  return (
    <section className="section" aria-label={t('segments.overlap')}>
      <h2>{t('segments.overlap')}</h2>
      <div className="inline">
        <Select className="segment-name" aria-label={t('segments.overlap')} placeholder={t('segments.overlap_choose')} showSearch={{ optionFilterProp: 'label' }} value={other || null} options={options} onChange={(value: string | null) => setOther(value ?? '')} />
        {overlap.data ? (
          <span role="status">
            {t('segments.overlap_said', { both: format.number(overlap.data.both), first: share(overlap.data.both, overlap.data.first), second: share(overlap.data.both, overlap.data.second) })}
          </span>
        ) : null}
      </div>
      {overlap.isError ? <Trouble error={overlap.error} retry={() => void overlap.refetch()} /> : null}
    </section>
  );
}

function Page({ segment }: { segment: Segment }) {
  const t = useText();
  const go = useNavigate();
  const { user } = useSignedIn();
  const { message } = App.useApp();
  const edits = may(user.role, 'edit_programme');
  const [name, setName] = useState(segment.name);
  const failed = (error: unknown) => void message.error(sentenceOf(error, t));
  const rename = useMutation({ mutationFn: () => renameSegment(segment.id, name.trim()), onSuccess: refresh, onError: failed });
  const archive = useMutation({
    mutationFn: () => archiveSegment(segment.id),
    onSuccess: () => {
      refresh();
      void go(segment.is_tag ? paths.tags() : paths.segments());
    },
    onError: failed,
  });
  const keepName = () => {
    if (name.trim() && name.trim() !== segment.name) rename.mutate();
  };
  return (
    <PageFrame
      title={segment.name}
      lead={segment.kind === 'list' ? t('segments.list') : segment.words}
      actions={
        edits ? (
          <>
            <Input className="segment-name" aria-label={t('segments.name')} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} onBlur={keepName} onPressEnter={keepName} />
            <Button loading={archive.isPending} onClick={() => archive.mutate()}>
              {t('segments.archive')}
            </Button>
          </>
        ) : null
      }
    >
      <GroupTabs />
      {edits ? segment.kind === 'rule' ? <Editor segment={segment} /> : <ListEditor id={segment.id} /> : null}
      <OverTime id={segment.id} mayTake={edits} />
      <Overlap id={segment.id} />
      <Members id={segment.id} name={segment.name} />
    </PageFrame>
  );
}

/** One segment: who is in, how that changes, and the condition itself. */
export function Component() {
  const { id = '' } = useParams();
  const segment = useQuery(ask.segment(id));
  if (segment.isPending) return <Bones lines={6} />;
  if (segment.isError) return <Trouble error={segment.error} retry={() => void segment.refetch()} />;
  return <Page key={id} segment={segment.data} />;
}
