import { useState, useSyncExternalStore } from 'react';
import { Button, Input, Modal } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { signIn } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { endLapse, hasLapsed, onLapse } from '../data/request';
import { useText } from '../language';
import { Field } from '../parts/field';
import { sentenceOf } from '../parts/trouble';
import { paths } from '../paths';
import { useSignedIn } from '../session';

/** Asks for the password where one is when the session has ended; what waited goes on, and every form keeps what was typed. */
export function SignInAgain() {
  const lapsed = useSyncExternalStore(onLapse, hasLapsed);
  return lapsed ? <Dialog /> : null;
}

function Dialog() {
  const t = useText();
  const navigate = useNavigate();
  const { user } = useSignedIn();
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: () => signIn(user.login, password),
    onSuccess: (session) => {
      queries.setQueryData(ask.session().queryKey, session);
      endLapse(true);
    },
  });
  const leave = () => {
    endLapse(false);
    queries.clear();
    queries.setQueryData(ask.session().queryKey, null);
    void navigate(paths.signIn());
  };
  return (
    <Modal open title={t('again.title')} footer={null} width={400} closable={false} keyboard={false} zIndex={2000}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          enter.mutate();
        }}
      >
        <p className="soft">{t('again.lead')}</p>
        <Field label={t('sign_in.login')}>{(control) => <Input {...control} autoComplete="username" value={user.login} readOnly />}</Field>
        <Field label={t('sign_in.password')} error={enter.isError ? sentenceOf(enter.error, t) : null}>
          {(control) => (
            <Input.Password {...control} autoFocus required autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
          )}
        </Field>
        <div className="form-end">
          <Button type="text" onClick={leave}>
            {t('again.leave')}
          </Button>
          <Button type="primary" htmlType="submit" disabled={!password} loading={enter.isPending}>
            {t('sign_in.enter')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
