import { useState } from 'react';
import { App, Button, Input, Modal } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { MemberStatus } from '@danggol/api';
import { closeMembers, reopenMembers } from '../data/api';
import { queries } from '../data/queries';
import { newIdempotencyKey } from '../data/request';
import { useText } from '../language';
import { Field } from './field';
import { sentenceOf, Trouble } from './trouble';

/** Somebody whose file is to be closed or opened again. */
export interface Closable {
  id: string;
  name?: string | null;
  status: MemberStatus;
}

export function isOpen({ status }: Closable): boolean {
  return status === 'active' || status === 'unclaimed';
}

function refresh(ids: string[]): void {
  for (const id of ids) void queries.invalidateQueries({ queryKey: ['member', id] });
  void queries.invalidateQueries({ queryKey: ['members'] });
}

/** Opens files again and says so. */
export function useReopen() {
  const t = useText();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: (ids: string[]) => reopenMembers(ids, newIdempotencyKey()),
    onSuccess: (_, ids) => {
      refresh(ids);
      void message.success(t('reopen.done', { n: ids.length }));
    },
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
}

/** Closes files after saying what that means; for some seconds afterwards it can be taken back where one is. */
export function CloseDialog({ members, points, onClose, onDone }: { members: Closable[]; points?: number; onClose: () => void; onDone?: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const [reason, setReason] = useState('');
  const [key] = useState(newIdempotencyKey);
  const reopen = useReopen();
  const ids = members.filter(isOpen).map(({ id }) => id);
  const close = useMutation({
    mutationFn: () => closeMembers(ids, reason.trim(), key),
    onSuccess: () => {
      refresh(ids);
      message.open({
        key,
        type: 'success',
        duration: 10,
        content: (
          <>
            {t('close.done', { n: ids.length })}
            <Button
              type="link"
              size="small"
              onClick={() => {
                message.destroy(key);
                reopen.mutate(ids);
              }}
            >
              {t('action.undo')}
            </Button>
          </>
        ),
      });
      onDone?.();
      onClose();
    },
  });
  const only = members.length === 1 ? members[0] : undefined;
  return (
    <Modal open onCancel={onClose} footer={null} width={480} title={only ? t('close.title', { name: only.name ?? t('member.nameless') }) : t('close.title_many', { n: ids.length })}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          close.mutate();
        }}
      >
        <p>
          {t('close.lead')} {points ? <strong>{t('close.balance', { n: points })}</strong> : null}
        </p>
        <p className="soft">{t('close.keeps')}</p>
        <Field label={t('close.reason')}>{(control) => <Input {...control} autoFocus maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />}</Field>
        {close.isError ? <Trouble error={close.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" danger htmlType="submit" disabled={ids.length === 0} loading={close.isPending}>
            {t('close.confirm')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
