import { useState } from 'react';
import { App, Button, Input, Segmented, Select } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Language } from '@danggol/api';
import { changePassword } from '../../data/api';
import { languages, useLanguage } from '../../language';
import { Field } from '../../parts/field';
import { sentenceOf } from '../../parts/trouble';
import { useScheme, type SchemeChoice } from '../../scheme';
import { useSignedIn } from '../../session';
import { roleText } from '../../text/names';

function Password() {
  const { t } = useLanguage();
  const { message } = App.useApp();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const change = useMutation({
    mutationFn: () => changePassword(current, next),
    onSuccess: () => {
      setCurrent('');
      setNext('');
      void message.success(t('account.password_changed'));
    },
  });
  return (
    <form
      className="form narrow"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <h2>{t('account.password')}</h2>
      <Field label={t('account.password_current')} error={change.isError ? sentenceOf(change.error, t) : null}>
        {(control) => <Input.Password {...control} required autoComplete="current-password" value={current} onChange={(event) => setCurrent(event.target.value)} />}
      </Field>
      <Field label={t('account.password_new')} hint={t('setup.password_hint')}>
        {(control) => <Input.Password {...control} required minLength={10} autoComplete="new-password" value={next} onChange={(event) => setNext(event.target.value)} />}
      </Field>
      <div>
        <Button htmlType="submit" disabled={!current || next.length < 10} loading={change.isPending}>
          {t('account.password_change')}
        </Button>
      </div>
    </form>
  );
}

export function Component() {
  const { t, language, setLanguage } = useLanguage();
  const { choice, choose } = useScheme();
  const { user } = useSignedIn();
  return (
    <>
      <section className="form narrow" aria-label={t('shell.account')}>
        <p>
          <strong>{user.name}</strong> <span className="soft">{[user.login, t(roleText[user.role])].join(' · ')}</span>
        </p>
        <Field label={t('shell.language')}>
          {({ status: _status, ...control }) => <Select {...control} value={language} options={languages.map(({ code, name }) => ({ value: code, label: name }))} onChange={(next: Language) => setLanguage(next)} />}
        </Field>
        <Field label={t('shell.scheme')}>
          {({ status: _status, ...control }) => (
            <Segmented<SchemeChoice> {...control} block value={choice} options={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`scheme.${value}`) }))} onChange={choose} />
          )}
        </Field>
      </section>
      <Password />
    </>
  );
}
