import { useState } from 'react';
import { App, Button, Modal } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { MemberRow, MergePreview } from '@danggol/api';
import { mergeMembers, previewMerge, undoMerge } from '../data/api';
import { queries } from '../data/queries';
import { newIdempotencyKey } from '../data/request';
import { useFormat } from '../format';
import { useLanguage, useText } from '../language';
import { paths } from '../paths';
import { consentStateText, identityText } from '../text/names';
import { Bones } from './bones';
import { fieldName, valueOf } from './changed';
import { FindMember } from './find-member';
import { useMatter } from './matter';
import { sentenceOf, Trouble } from './trouble';
import './merge-dialog.css';

/** Whoever is looked at: her id and what she is called. */
type Somebody = Pick<MemberRow, 'id' | 'name'>;

function refresh(): void {
  void queries.invalidateQueries({ queryKey: ['member'] });
  void queries.invalidateQueries({ queryKey: ['members'] });
}

function One({ row, kept, onKeep }: { row: MemberRow; kept: boolean; onKeep: () => void }) {
  const t = useText();
  const format = useFormat();
  const facts: [string, string][] = [
    [t('members.column.phone'), row.masked_phone ?? ''],
    [t('members.column.card'), row.card_no ?? ''],
    [t('members.column.points'), format.number(row.points)],
    [t('member.total'), format.money(row.total_minor)],
    [t('profile.joined'), format.date(row.joined_at)],
  ];
  return (
    <label className="merge-one">
      <input type="radio" name="keep" checked={kept} onChange={onKeep} />
      <span>
        <strong>{row.name ?? t('member.nameless')}</strong> <span className="soft small">{t(kept ? 'merge.keeps' : 'merge.goes')}</span>
        {facts
          .filter(([, value]) => value !== '')
          .map(([label, value]) => (
            <span key={label} className="merge-fact">
              <span className="soft small">{label}</span> {value}
            </span>
          ))}
      </span>
    </label>
  );
}

/** What follows, as sentences. */
function What({ preview }: { preview: MergePreview }) {
  const matter = useMatter();
  const { t, language } = useLanguage();
  const format = useFormat();
  const { points, tier } = preview.standing;
  const tags = preview.lists.filter((list) => list.is_tag).map((list) => list.name);
  const lists = preview.lists.filter((list) => !list.is_tag).map((list) => list.name);
  const value = (field: string, raw: string) => valueOf(field, raw, t, language);
  const names = (all: string[]) => new Intl.ListFormat(language).format(all);
  return (
    <ul className="merge-what">
      <li>{t(tier ? 'merge.stands_tier' : 'merge.stands', { points: points.balance, total: format.money(preview.standing.total_minor), tier: tier?.name ?? '' })}</li>
      {preview.purchases > 0 ? <li>{t('merge.purchases', { n: preview.purchases })}</li> : null}
      {preview.identities.length > 0 ? <li>{t('merge.identities', { list: names(preview.identities.map(({ kind, masked }) => `${t(identityText[kind])} ${masked}`)) })}</li> : null}
      {tags.length > 0 ? <li>{t('merge.tags', { list: names(tags) })}</li> : null}
      {lists.length > 0 ? <li>{t('merge.lists', { list: names(lists) })}</li> : null}
      {preview.notes > 0 ? <li>{t('merge.notes', { n: preview.notes })}</li> : null}
      {preview.filled.map(({ field, value: raw }) => (
        <li key={field}>{t('merge.filled', { field: fieldName(field, t), value: value(field, raw) })}</li>
      ))}
      {preview.consents.map(({ purpose, name, channel, absorb, becomes }) => (
        <li key={`${purpose}.${channel ?? ''}`}>
          {t('merge.consent', { what: matter({ name, channel }), becomes: t(consentStateText[becomes]), who: t(absorb === becomes ? 'merge.consent_absorb' : 'merge.consent_keep') })}
        </li>
      ))}
      {preview.differing.map(({ field, keep, absorb }) => (
        <li key={field}>{t('merge.differing', { field: fieldName(field, t), keep: value(field, keep), absorb: value(field, absorb) })}</li>
      ))}
    </ul>
  );
}

function Pair({ one, other, stay, onClose }: { one: Somebody; other: Somebody; stay: boolean; onClose: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [keep, setKeep] = useState(one.id);
  const [key] = useState(newIdempotencyKey);
  const absorb = keep === one.id ? other.id : one.id;
  const preview = useQuery({
    queryKey: ['merge-preview', keep, absorb],
    queryFn: ({ signal }) => previewMerge(keep, absorb, signal),
    placeholderData: (before) => before,
    staleTime: 0,
    gcTime: 0,
  });
  const undo = useMutation({
    mutationFn: undoMerge,
    onSuccess: () => {
      refresh();
      void message.success(t('merge.undone'));
    },
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  const merge = useMutation({
    mutationFn: () => mergeMembers(keep, absorb, `${key}-${keep}`),
    onSuccess: (made) => {
      refresh();
      message.open({
        key,
        type: 'success',
        duration: 10,
        content: (
          <>
            {t('merge.done')}
            <Button
              type="link"
              size="small"
              onClick={() => {
                message.destroy(key);
                undo.mutate(made.id);
              }}
            >
              {t('action.undo')}
            </Button>
          </>
        ),
      });
      onClose();
      if (!stay) void navigate(paths.member(keep));
    },
  });
  const rows = [one.id, other.id].flatMap((id) => preview.data?.members.find((row) => row.id === id) ?? []);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        merge.mutate();
      }}
    >
      {preview.isPending ? <Bones lines={6} /> : null}
      {preview.isError ? <Trouble error={preview.error} retry={() => void preview.refetch()} /> : null}
      {preview.data ? (
        <>
          <fieldset className="merge-two" aria-label={t('merge.choose')}>
            {rows.map((row) => (
              <One key={row.id} row={row} kept={row.id === keep} onKeep={() => setKeep(row.id)} />
            ))}
          </fieldset>
          <h3>{t('merge.what')}</h3>
          <What preview={preview.data} />
          <p className="soft">{t('merge.lead')}</p>
        </>
      ) : null}
      {merge.isError ? <Trouble error={merge.error} /> : null}
      <div className="form-end">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="primary" htmlType="submit" disabled={!preview.data || preview.isPlaceholderData} loading={merge.isPending}>
          {t('merge.confirm')}
        </Button>
      </div>
    </form>
  );
}

/**
 * Merges two files of one person after showing what follows and whose file stays; for some seconds afterwards it can be taken back where one is.
 * Where the other file is known, the dialog begins with both, and the page stays.
 */
export function MergeDialog({ member, known, onClose }: { member: Somebody; known?: Somebody; onClose: () => void }) {
  const t = useText();
  const [other, setOther] = useState<Somebody | null>(known ?? null);
  return (
    <Modal open onCancel={onClose} footer={null} width={640} title={t('merge.dialog')}>
      {other ? <Pair one={member} other={other} stay={known !== undefined} onClose={onClose} /> : <FindMember but={[member.id]} lead={t('merge.find_lead', { name: member.name ?? t('member.nameless') })} label={t('merge.find')} nobody={t('merge.nobody')} onChosen={setOther} />}
    </Modal>
  );
}
