import { useState } from 'react';
import { Button, Input, Select } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Navigate, useNavigate } from 'react-router';
import type { Language } from '@danggol/api';
import { doSetup } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { languages, useLanguage } from '../language';
import { Field } from '../parts/field';
import { useTitle } from '../parts/page';
import { contains, countries, usePlaceNames } from '../parts/place-names';
import { fieldOf, sentenceOf } from '../parts/trouble';
import { paths } from '../paths';
import { Door } from './door';

const usual: Record<Language, string> = { 'zh-CN': 'CN', 'zh-TW': 'TW', ko: 'KR', en: 'US' };
/** The first minute: whose brand this is, and who owns it. */
export function Component() {
  const { t, language } = useLanguage();
  const navigate = useNavigate();
  const state = useQuery(ask.setup());
  const names = usePlaceNames(language);
  const [brandName, setBrandName] = useState('');
  const [country, setCountry] = useState<string | null>(null);
  const [currency, setCurrency] = useState<string | null>(null);
  const [zone, setZone] = useState<string | null>(null);
  const [owner, setOwner] = useState({ name: '', login: '', password: '' });
  useTitle(t('setup.title'));

  const country_ = country ?? usual[language];
  const [usualCurrency, usualZone] = countries[country_] ?? ['USD', 'UTC'];
  const begin = useMutation({
    mutationFn: () =>
      doSetup({
        brand: { name: brandName.trim(), country: country_, currency: currency ?? usualCurrency, time_zone: zone ?? usualZone, language },
        owner: { ...owner, name: owner.name.trim(), login: owner.login.trim() },
      }),
    onSuccess: (session) => {
      queries.clear();
      queries.setQueryData(ask.session().queryKey, session);
      void navigate(paths.today(), { replace: true });
    },
  });
  if (state.data && !state.data.needs_owner && !begin.isPending && !begin.isSuccess) return <Navigate to={paths.signIn()} replace />;
  const field = fieldOf(begin.error) ?? '';
  const sentence = begin.isError ? sentenceOf(begin.error, t) : null;
  const near = (name: string) => (field.endsWith(name) ? sentence : null);

  return (
    <Door title={t('setup.title')} lead={t('setup.lead')}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          begin.mutate();
        }}
      >
        <fieldset>
          <legend>{t('setup.brand')}</legend>
          <Field label={t('setup.brand_name')} error={near('brand.name')}>
            {(control) => <Input {...control} size="large" autoFocus required value={brandName} onChange={(event) => setBrandName(event.target.value)} />}
          </Field>
          <div className="form form-two">
            <Field label={t('setup.country')} error={near('country')}>
              {({ status: _status, ...control }) => (
                <Select
                  {...control}
                  value={country_}
                  options={names.countries}
                  showSearch={{ filterOption: contains }}
                  onChange={(value: string) => {
                    setCountry(value);
                    setCurrency(null);
                    setZone(null);
                  }}
                />
              )}
            </Field>
            <Field label={t('setup.currency')} error={near('currency')} hint={t('setup.currency_hint')}>
              {({ status: _status, ...control }) => (
                <Select {...control} value={currency ?? usualCurrency} options={names.currencies} showSearch={{ filterOption: contains }} onChange={setCurrency} />
              )}
            </Field>
          </div>
          <Field label={t('setup.time_zone')} error={near('time_zone')}>
            {({ status: _status, ...control }) => (
              <Select {...control} value={zone ?? usualZone} options={names.zones} showSearch={{ filterOption: contains }} onChange={setZone} />
            )}
          </Field>
          <p className="field-hint">{t('setup.language', { language: languages.find(({ code }) => code === language)?.name ?? language })}</p>
        </fieldset>
        <fieldset>
          <legend>{t('setup.owner')}</legend>
          <Field label={t('setup.owner_name')} error={near('owner.name')}>
            {(control) => <Input {...control} required autoComplete="name" value={owner.name} onChange={(event) => setOwner({ ...owner, name: event.target.value })} />}
          </Field>
          <Field label={t('sign_in.login')} error={near('login')}>
            {(control) => (
              <Input {...control} required autoComplete="username" autoCapitalize="none" value={owner.login} onChange={(event) => setOwner({ ...owner, login: event.target.value })} />
            )}
          </Field>
          <Field label={t('sign_in.password')} hint={t('setup.password_hint')} error={near('password')}>
            {(control) => (
              <Input.Password {...control} required minLength={10} autoComplete="new-password" value={owner.password} onChange={(event) => setOwner({ ...owner, password: event.target.value })} />
            )}
          </Field>
        </fieldset>
        {sentence && !field ? (
          <p className="trouble" role="alert">
            {sentence}
          </p>
        ) : null}
        <Button type="primary" htmlType="submit" size="large" block loading={begin.isPending}>
          {t('setup.begin')}
        </Button>
      </form>
    </Door>
  );
}
