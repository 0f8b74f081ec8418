import { App, Button, Select } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { MemberTag } from '@danggol/api';
import { changeTags } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Reasons } from '../../parts/reasons';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { useCause } from './timeline';

function TagItem({ tag, onTake }: { tag: MemberTag; onTake: (() => void) | null }) {
  const t = useText();
  const format = useFormat();
  const cause = useCause();
  const times = [tag.group, tag.since ? t('tags.since', { date: format.date(tag.since) }) : null, tag.until ? t('tags.until', { date: format.date(tag.until) }) : null];
  return (
    <li className="member-tag">
      <details>
        <summary>
          <span className="mark">{tag.name}</span> <span className="soft small">{times.filter(Boolean).join(' · ')}</span>
        </summary>
        {tag.entry ? <p className="soft small">{cause(tag.entry)}</p> : null}
        {tag.reason ? <Reasons reason={tag.reason} /> : null}
        <p className="small">
          <Link to={paths.segment(tag.tag_id)}>{t('tags.members')}</Link>
        </p>
      </details>
      {onTake ? <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('tags.take', { name: tag.name })} onClick={onTake} /> : null}
    </li>
  );
}

/** The tags that a member has, since when and why; those that are given by hand can be given and taken here. */
export function MemberTags({ id }: { id: string }) {
  const t = useText();
  const { user } = useSignedIn();
  const { message } = App.useApp();
  const tags = useQuery(ask.memberTags(id));
  const dictionary = useQuery(ask.tags());
  const change = useMutation({
    mutationFn: (what: { add?: string[]; remove?: string[] }) => changeTags(id, what),
    onSuccess: (after) => {
      queries.setQueryData(ask.memberTags(id).queryKey, after);
      void queries.invalidateQueries({ queryKey: ask.timeline(id).queryKey });
      void queries.invalidateQueries({ queryKey: ask.memberSegments(id).queryKey });
    },
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  const gives = may(user.role, 'enrol');
  const has = new Set(tags.data?.items.map((tag) => tag.tag_id));
  const free = (dictionary.data?.items ?? []).filter((tag) => tag.kind === 'list' && !has.has(tag.id));
  return (
    <section className="section" aria-label={t('tags.of_hers')}>
      <h2>{t('tags.of_hers')}</h2>
      {tags.isPending ? <Bones lines={2} /> : null}
      {tags.isError ? <Trouble error={tags.error} retry={() => void tags.refetch()} /> : null}
      {tags.data?.items.length === 0 ? <p className="soft">{t('tags.none_of_hers')}</p> : null}
      <ul className="member-tags">
        {tags.data?.items.map((tag) => (
          <TagItem key={tag.tag_id} tag={tag} onTake={gives && tag.kind === 'list' ? () => change.mutate({ remove: [tag.tag_id] }) : null} />
        ))}
      </ul>
      {gives && free.length > 0 ? (
        <Select
          aria-label={t('tags.give')}
          placeholder={t('tags.give')}
          value={null}
          loading={change.isPending}
          showSearch={{ optionFilterProp: 'label' }}
          options={free.map((tag) => ({ value: tag.id, label: tag.name }))}
          onChange={(tag: string | null) => {
            if (tag) change.mutate({ add: [tag] });
          }}
        />
      ) : null}
    </section>
  );
}
