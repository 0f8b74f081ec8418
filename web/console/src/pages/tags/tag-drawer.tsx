import { useState } from 'react';
import { Button, Drawer, Input, InputNumber, Segmented, Select } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Tag, TagGroup } from '@danggol/api';
import { archiveTag, changeTag, createTag } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';

/** What a tag is called, means and belongs to; a rule is written on a page of its own. */
export function TagDrawer({ tag, groups, onClose }: { tag: Tag | null; groups: TagGroup[]; onClose: () => void }) {
  const t = useText();
  const go = useNavigate();
  const [typed, setTyped] = useState({
    name: tag?.name ?? '',
    kind: tag?.kind ?? ('rule' as const),
    group_id: tag?.group_id ?? null,
    description: tag?.description ?? '',
    owner: tag?.owner ?? '',
    expires_days: tag?.expires_days ?? null,
  });
  const again = () => queries.invalidateQueries({ queryKey: ask.tags().queryKey });
  const save = useMutation({
    mutationFn: () => {
      const { kind, ...rest } = { ...typed, name: typed.name.trim(), owner: typed.owner.trim() || null };
      return tag ? changeTag(tag.id, rest) : createTag({ ...rest, kind });
    },
    onSuccess: async (kept) => {
      await again();
      onClose();
      if (!tag && kept.kind === 'rule') void go(paths.segment(kept.id));
    },
  });
  const away = useMutation({
    mutationFn: (id: string) => archiveTag(id),
    onSuccess: async () => {
      await again();
      onClose();
    },
  });
  const field = fieldOf(save.error);
  const near = (name: string) => (field === name ? sentenceOf(save.error, t) : null);
  return (
    <Drawer open onClose={onClose} title={t(tag ? 'tags.edit' : 'tags.new')} size={480}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label={t('tags.name')} error={near('name')}>
          {(control) => <Input {...control} autoFocus required maxLength={40} value={typed.name} onChange={(event) => setTyped({ ...typed, name: event.target.value })} />}
        </Field>
        {tag ? null : (
          <Field label={t('tags.kind')}>
            {() => (
              <Segmented
                aria-label={t('tags.kind')}
                value={typed.kind}
                options={(['rule', 'list'] as const).map((value) => ({ value, label: t(`tags.kind.${value}`) }))}
                onChange={(kind) => setTyped({ ...typed, kind })}
              />
            )}
          </Field>
        )}
        <Field label={t('tags.group')} error={near('group_id')}>
          {({ status: _status, ...control }) => (
            <Select
              {...control}
              value={typed.group_id ?? ''}
              options={[{ value: '', label: t('tags.no_group') }, ...groups.map((group) => ({ value: group.id, label: group.name }))]}
              onChange={(group) => setTyped({ ...typed, group_id: group || null })}
            />
          )}
        </Field>
        <Field label={t('tags.description')} optional={t('field.optional')} error={near('description')}>
          {(control) => <Input.TextArea {...control} rows={3} maxLength={500} value={typed.description} onChange={(event) => setTyped({ ...typed, description: event.target.value })} />}
        </Field>
        <Field label={t('tags.owner')} optional={t('field.optional')} hint={t('tags.owner_hint')} error={near('owner')}>
          {(control) => <Input {...control} maxLength={100} value={typed.owner} onChange={(event) => setTyped({ ...typed, owner: event.target.value })} />}
        </Field>
        {typed.kind === 'list' ? (
          <Field label={t('tags.expires')} optional={t('field.optional')} hint={t('tags.expires_hint')} error={near('expires_days')}>
            {(control) => <InputNumber {...control} min={1} max={3660} precision={0} value={typed.expires_days} onChange={(days) => setTyped({ ...typed, expires_days: days })} />}
          </Field>
        ) : null}
        {save.isError && !field ? <Trouble error={save.error} /> : null}
        {away.isError ? <Trouble error={away.error} /> : null}
        <div className="form-end">
          {tag ? (
            <Button danger loading={away.isPending} onClick={() => away.mutate(tag.id)}>
              {t('tags.archive')}
            </Button>
          ) : null}
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" loading={save.isPending}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}
