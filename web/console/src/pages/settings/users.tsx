import { useState } from 'react';
import { App, Button, Drawer, Input, Select } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Role } from '@danggol/api';
import { createUser, patchUser } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Field } from '../../parts/field';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { useSignedIn } from '../../session';
import { roleLead, roleText } from '../../text/names';

const roles: Role[] = ['clerk', 'manager', 'marketer', 'auditor', 'admin', 'owner'];
const again = () => queries.invalidateQueries({ queryKey: ask.users().queryKey });

function AddDrawer({ onClose }: { onClose: () => void }) {
  const t = useText();
  const [typed, setTyped] = useState<{ name: string; login: string; password: string; role: Role }>({ name: '', login: '', password: '', role: 'clerk' });
  const add = useMutation({
    mutationFn: () => createUser({ ...typed, name: typed.name.trim(), login: typed.login.trim() }),
    onSuccess: async () => {
      await again();
      onClose();
    },
  });
  const field = fieldOf(add.error);
  const near = (name: string) => (field === name ? sentenceOf(add.error, t) : null);
  return (
    <Drawer open onClose={onClose} title={t('users.add')} size={480}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Field label={t('setup.owner_name')} error={near('name')}>
          {(control) => <Input {...control} autoFocus required value={typed.name} onChange={(event) => setTyped({ ...typed, name: event.target.value })} />}
        </Field>
        <Field label={t('sign_in.login')} error={near('login')}>
          {(control) => <Input {...control} required autoCapitalize="none" autoComplete="off" value={typed.login} onChange={(event) => setTyped({ ...typed, login: event.target.value })} />}
        </Field>
        <Field label={t('users.password')} hint={t('users.password_hint')} error={near('password')}>
          {(control) => <Input.Password {...control} required minLength={10} autoComplete="new-password" value={typed.password} onChange={(event) => setTyped({ ...typed, password: event.target.value })} />}
        </Field>
        <Field label={t('users.role')} hint={t(roleLead[typed.role])} error={near('role')}>
          {({ status: _status, ...control }) => <Select {...control} value={typed.role} options={roles.map((value) => ({ value, label: t(roleText[value]) }))} onChange={(role: Role) => setTyped({ ...typed, role })} />}
        </Field>
        {add.isError && !field ? <Trouble error={add.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" loading={add.isPending}>
            {t('users.add')}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}

export function Component() {
  const t = useText();
  const { user: me } = useSignedIn();
  const { message } = App.useApp();
  const [adding, setAdding] = useState(false);
  const users = useQuery(ask.users());
  const change = useMutation({
    mutationFn: ({ id, role }: { id: string; role: Role }) => patchUser(id, { role }),
    onSuccess: again,
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  return (
    <section className="section" aria-labelledby="users">
      <div className="section-head">
        <div>
          <h2 id="users">{t('settings.users')}</h2>
          <p className="soft small">{t('users.lead')}</p>
        </div>
        <Button type="primary" onClick={() => setAdding(true)}>
          {t('users.add')}
        </Button>
      </div>
      {users.isPending ? <Bones lines={4} /> : null}
      {users.isError ? <Trouble error={users.error} retry={() => void users.refetch()} /> : null}
      {users.data ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-labelledby="users">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('profile.name')}</th>
                <th scope="col">{t('sign_in.login')}</th>
                <th scope="col">{t('users.role')}</th>
              </tr>
            </thead>
            <tbody>
              {users.data.items.map((user) => (
                <tr key={user.id}>
                  <td>
                    {user.name} {user.id === me.id ? <span className="mark">{t('users.you')}</span> : null}
                  </td>
                  <td>{user.login}</td>
                  <td>
                    {user.id === me.id ? (
                      t(roleText[user.role])
                    ) : (
                      <Select
                        size="small"
                        aria-label={t('users.role_of', { name: user.name })}
                        value={user.role}
                        popupMatchSelectWidth={false}
                        options={roles.map((value) => ({ value, label: t(roleText[value]) }))}
                        onChange={(role: Role) => change.mutate({ id: user.id, role })}
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {adding ? <AddDrawer onClose={() => setAdding(false)} /> : null}
    </section>
  );
}
