import { useState } from 'react';
import { App, Button, Checkbox, Input } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Tag, TagGroup } from '@danggol/api';
import { changeTagGroup, createTagGroup } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { GroupTabs } from '../../parts/group-tabs';
import { PageFrame } from '../../parts/page';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { TagDrawer } from './tag-drawer';
import './tags.css';

function Rows({ tags, label, onEdit }: { tags: Tag[]; label: string; onEdit: ((tag: Tag) => void) | null }) {
  const t = useText();
  const format = useFormat();
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t('tags.name')}</th>
            <th scope="col">{t('tags.kind')}</th>
            <th scope="col">{t('tags.owner')}</th>
            <th scope="col" className="number">
              {t('tags.members')}
            </th>
            {onEdit ? <th scope="col" aria-label={t('action.edit')} /> : null}
          </tr>
        </thead>
        <tbody>
          {tags.map((tag) => (
            <tr key={tag.id}>
              <td>
                <div className="tag-name">
                  <Link to={paths.segment(tag.id)}>{tag.name}</Link>
                  {tag.description ? <span className="soft small">{tag.description}</span> : null}
                </div>
              </td>
              <td className="soft">
                {tag.kind === 'list' ? t('tags.kind.list') : (tag.words ?? <Link to={paths.segment(tag.id)}>{t('tags.write_rule')}</Link>)}
                {tag.expires_days ? <span className="faint"> · {t('tags.days', { n: tag.expires_days })}</span> : null}
              </td>
              <td>{tag.owner ?? '–'}</td>
              <td className="number">{format.number(tag.members)}</td>
              {onEdit ? (
                <td className="number">
                  <Button size="small" onClick={() => onEdit(tag)} aria-label={`${t('action.edit')}: ${tag.name}`}>
                    {t('action.edit')}
                  </Button>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function GroupHead({ group, mayEdit }: { group: TagGroup; mayEdit: boolean }) {
  const t = useText();
  const { message } = App.useApp();
  const change = useMutation({
    mutationFn: (exclusive: boolean) => changeTagGroup(group.id, { exclusive }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ask.tags().queryKey }),
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  return (
    <div className="section-head">
      <h2>{group.name}</h2>
      <Checkbox checked={group.exclusive} disabled={!mayEdit || change.isPending} onChange={(event) => change.mutate(event.target.checked)}>
        {t('tags.exclusive')}
      </Checkbox>
    </div>
  );
}

function NewGroup() {
  const t = useText();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => createTagGroup(name.trim(), false),
    onSuccess: () => {
      setName('');
      void queries.invalidateQueries({ queryKey: ask.tags().queryKey });
    },
  });
  return (
    <form
      className="inline"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) make.mutate();
      }}
    >
      <Input className="tag-group-name" aria-label={t('tags.new_group')} placeholder={t('tags.new_group')} maxLength={40} value={name} onChange={(event) => setName(event.target.value)} />
      <Button htmlType="submit" disabled={!name.trim()} loading={make.isPending}>
        {t('action.add')}
      </Button>
      {make.isError ? <Trouble error={make.error} /> : null}
    </form>
  );
}

/** The tag dictionary: every tag by its group, what it means, who sees to it, and who has it. */
export function Component() {
  const t = useText();
  const { user } = useSignedIn();
  const [edited, setEdited] = useState<Tag | 'new' | null>(null);
  const tags = useQuery(ask.tags());
  const mayEdit = may(user.role, 'edit_programme');
  const { items = [], groups = [] } = tags.data ?? {};
  const loose = items.filter((tag) => !tag.group_id);
  const onEdit = mayEdit ? (tag: Tag) => setEdited(tag) : null;
  return (
    <PageFrame
      title={t('tags.title')}
      lead={t('tags.lead')}
      actions={
        mayEdit ? (
          <Button type="primary" onClick={() => setEdited('new')}>
            {t('tags.new')}
          </Button>
        ) : null
      }
    >
      <GroupTabs />
      {tags.isPending ? <Bones lines={5} /> : null}
      {tags.isError ? <Trouble error={tags.error} retry={() => void tags.refetch()} /> : null}
      {tags.isSuccess && items.length === 0 ? <Empty title={t('tags.empty')}>{t('tags.empty_lead')}</Empty> : null}
      {groups.map((group) => {
        const within = items.filter((tag) => tag.group_id === group.id);
        return (
          <section key={group.id} className="section" aria-label={group.name}>
            <GroupHead group={group} mayEdit={mayEdit} />
            {within.length > 0 ? <Rows tags={within} label={group.name} onEdit={onEdit} /> : null}
          </section>
        );
      })}
      {loose.length > 0 ? (
        <section className="section" aria-label={t('tags.no_group')}>
          {groups.length > 0 ? <h2>{t('tags.no_group')}</h2> : null}
          <Rows tags={loose} label={t('tags.no_group')} onEdit={onEdit} />
        </section>
      ) : null}
      {mayEdit && tags.isSuccess ? <NewGroup /> : null}
      {edited ? <TagDrawer key={edited === 'new' ? 'new' : edited.id} tag={edited === 'new' ? null : edited} groups={groups} onClose={() => setEdited(null)} /> : null}
    </PageFrame>
  );
}
