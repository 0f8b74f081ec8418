import { useState } from 'react';
import { Button, Input } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useSearchParams } from 'react-router';
import { signIn } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { useText } from '../language';
import { Field } from '../parts/field';
import { useTitle } from '../parts/page';
import { sentenceOf } from '../parts/trouble';
import { Door } from './door';

/** Only an address of this console may be gone back to. */
function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}

export function Component() {
  const t = useText();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  useTitle(t('sign_in.title'));
  const enter = useMutation({
    mutationFn: () => signIn(login.trim(), password),
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(ask.session().queryKey, session);
      void navigate(safeNext(search.get('next')), { replace: true });
    },
  });
  return (
    <Door title={t('sign_in.title')}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <Field label={t('sign_in.login')}>
          {(control) => (
            <Input {...control} size="large" autoFocus autoComplete="username" autoCapitalize="none" value={login} onChange={(event) => setLogin(event.target.value)} required />
          )}
        </Field>
        <Field label={t('sign_in.password')} error={enter.isError ? sentenceOf(enter.error, t) : null}>
          {(control) => (
            <Input.Password
              {...control}
              size="large"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              required
            />
          )}
        </Field>
        <Button type="primary" htmlType="submit" size="large" block loading={enter.isPending}>
          {t('sign_in.enter')}
        </Button>
      </form>
    </Door>
  );
}
