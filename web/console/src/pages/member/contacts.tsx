import { useState } from 'react';
import { App, Button, Input, Modal, Select } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Identity, IdentityKind, Member } from '@danggol/api';
import { addIdentity, removeIdentity } from '../../data/api';
import { isOpen } from '../../parts/close-dialog';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { ProblemError } from '../../data/request';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { sentenceOf } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { identityText } from '../../text/names';

const addable: IdentityKind[] = ['phone', 'email', 'card', 'external', 'marketplace', 'wechat_union', 'wechat_open', 'wecom', 'kakao', 'document'];
const withIssuer: IdentityKind[] = ['external', 'marketplace', 'document', 'wechat_open'];

function AddDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useText();
  const [kind, setKind] = useState<IdentityKind>('phone');
  const [value, setValue] = useState('');
  const [issuer, setIssuer] = useState('');
  const add = useMutation({
    mutationFn: () => addIdentity(member.id, { kind, value: value.trim(), ...(withIssuer.includes(kind) && issuer.trim() ? { issuer: issuer.trim() } : {}) }),
    onSuccess: (changed) => {
      queries.setQueryData(ask.member(member.id).queryKey, changed);
      onClose();
    },
  });
  const other = add.error instanceof ProblemError ? add.error.problem.member_id : null;
  return (
    <Modal open onCancel={onClose} title={t('contacts.add')} footer={null} width={440}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (value.trim()) add.mutate();
        }}
      >
        <Field label={t('contacts.kind')}>
          {({ status: _status, ...control }) => (
            <Select {...control} value={kind} onChange={setKind} options={addable.map((option) => ({ value: option, label: t(identityText[option]) }))} />
          )}
        </Field>
        <Field label={t('contacts.value')} error={add.isError ? sentenceOf(add.error, t) : null}>
          {(control) => <Input {...control} autoFocus value={value} onChange={(event) => setValue(event.target.value)} />}
        </Field>
        {other ? <Link to={paths.member(other)}>{t('contacts.open_other')}</Link> : null}
        {withIssuer.includes(kind) ? (
          <Field label={t('contacts.issuer')} optional={t('field.optional')}>
            {(control) => <Input {...control} value={issuer} onChange={(event) => setIssuer(event.target.value)} />}
          </Field>
        ) : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={!value.trim()} loading={add.isPending}>
            {t('action.add')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** The numbers by which a member is found, masked. */
export function Contacts({ member }: { member: Member }) {
  const t = useText();
  const { user } = useSignedIn();
  const { message, modal } = App.useApp();
  const [adding, setAdding] = useState(false);
  const remove = useMutation({
    mutationFn: (identity: string) => removeIdentity(member.id, identity),
    onSuccess: (changed) => queries.setQueryData(ask.member(member.id).queryKey, changed),
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  const askToRemove = (identity: Identity) =>
    void modal.confirm({
      title: t('contacts.remove_of', { value: identity.masked }),
      content: t('contacts.remove_sure'),
      okText: t('action.remove'),
      okButtonProps: { danger: true },
      onOk: () => remove.mutateAsync(identity.id).catch(() => undefined),
    });
  return (
    <section className="section" aria-labelledby="contacts">
      <div className="section-head">
        <h2 id="contacts">{t('contacts.title')}</h2>
        {isOpen(member) && may(user.role, 'enrol') ? (
          <Button size="small" onClick={() => setAdding(true)}>
            {t('action.add')}
          </Button>
        ) : null}
      </div>
      {member.identities.length === 0 ? <p className="soft">{t('contacts.none')}</p> : null}
      <ul className="contacts">
        {member.identities.map((identity) => (
          <li key={identity.id}>
            <span className="soft">
              {t(identityText[identity.kind])}
              {identity.issuer ? ` (${identity.issuer})` : ''}
            </span>
            <span className="contacts-value">{identity.masked}</span>
            {isOpen(member) && may(user.role, 'enrol') && identity.kind !== 'card' ? (
              <Button size="small" type="text" aria-label={t('contacts.remove_of', { value: identity.masked })} onClick={() => askToRemove(identity)}>
                {t('action.remove')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {adding ? <AddDialog member={member} onClose={() => setAdding(false)} /> : null}
    </section>
  );
}
