import { useState } from 'react';
import { App, Button, Input, Select } from 'antd';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { Brand, BrandPatch, Language } from '@danggol/api';
import { patchBrand } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { languages, useLanguage } from '../../language';
import { Bones } from '../../parts/bones';
import { brandSentence } from '../../parts/changed';
import { Field } from '../../parts/field';
import { More } from '../../parts/more';
import { contains, usePlaceNames } from '../../parts/place-names';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';

const hours = Array.from({ length: 24 }, (_, hour) => ({ value: hour, label: `${String(hour).padStart(2, '0')}:00` }));

/** What differs from the brand as it is kept. */
function differences(brand: Brand, form: Brand): BrandPatch {
  const names = ['name', 'country', 'currency', 'time_zone', 'language', 'day_cut_hour'] as const;
  return Object.fromEntries(names.filter((name) => form[name] !== brand[name]).map((name) => [name, form[name]]));
}

function BrandForm({ brand, currencyFixed }: { brand: Brand; currencyFixed: boolean }) {
  const { t, language } = useLanguage();
  const { message, modal } = App.useApp();
  const names = usePlaceNames(language);
  const [form, setForm] = useState(brand);
  const set = (change: Partial<Brand>) => setForm({ ...form, ...change });
  const change = differences(brand, { ...form, name: form.name.trim() });
  const save = useMutation({
    mutationFn: () => patchBrand(change),
    onSuccess: (kept) => {
      void message.success(t('brand.saved'));
      queries.setQueryData(ask.brand().queryKey, kept);
      queries.setQueryData(ask.session().queryKey, (session) => (session ? { ...session, brand: kept.brand } : session));
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
    },
  });
  const field = fieldOf(save.error);
  const near = (name: keyof Brand) => (save.isError && field === name ? sentenceOf(save.error, t) : null);
  const ask_ = () => {
    if (change.time_zone === undefined && change.day_cut_hour === undefined) return save.mutate();
    modal.confirm({ title: t('brand.clock_sure'), content: t('brand.clock_hint'), okText: t('action.save'), cancelText: t('action.cancel'), onOk: () => save.mutate() });
  };
  const regions = names.countries.some(({ value }) => value === form.country) ? names.countries : [...names.countries, { value: form.country, label: form.country }];
  return (
    <form
      className="form narrow"
      aria-label={t('settings.brand')}
      onSubmit={(event) => {
        event.preventDefault();
        ask_();
      }}
    >
      <Field label={t('setup.brand_name')} error={near('name')}>
        {(control) => <Input {...control} required maxLength={100} value={form.name} onChange={(event) => set({ name: event.target.value })} />}
      </Field>
      <Field label={t('brand.language')} hint={t('brand.language_hint')} error={near('language')}>
        {({ status: _status, ...control }) => (
          <Select {...control} value={form.language} options={languages.map(({ code, name }) => ({ value: code, label: name }))} onChange={(code: Language) => set({ language: code })} />
        )}
      </Field>
      <Field label={t('setup.country')} hint={t('brand.country_hint')} error={near('country')}>
        {({ status: _status, ...control }) => (
          <Select {...control} value={form.country} options={regions} showSearch={{ filterOption: contains }} onChange={(country: string) => set({ country })} />
        )}
      </Field>
      <div className="form form-two">
        <Field label={t('setup.time_zone')} hint={t('brand.clock_hint')} error={near('time_zone')}>
          {({ status: _status, ...control }) => (
            <Select {...control} value={form.time_zone} options={names.zones} showSearch={{ filterOption: contains }} onChange={(zone: string) => set({ time_zone: zone })} />
          )}
        </Field>
        <Field label={t('brand.day_cut')} error={near('day_cut_hour')}>
          {({ status: _status, ...control }) => <Select {...control} value={form.day_cut_hour} options={hours} onChange={(hour: number) => set({ day_cut_hour: hour })} />}
        </Field>
      </div>
      <Field label={t('setup.currency')} hint={t(currencyFixed ? 'brand.currency_fixed' : 'brand.currency_free')} error={near('currency')}>
        {({ status: _status, ...control }) => (
          <Select
            {...control}
            disabled={currencyFixed}
            value={form.currency}
            options={names.currencies}
            showSearch={{ filterOption: contains }}
            onChange={(currency: string) => set({ currency })}
          />
        )}
      </Field>
      {save.isError && !field ? <Trouble error={save.error} /> : null}
      <div>
        <Button type="primary" htmlType="submit" disabled={Object.keys(change).length === 0 || form.name.trim() === ''} loading={save.isPending}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

function Changes() {
  const { t, language } = useLanguage();
  const format = useFormat();
  const changes = useInfiniteQuery(ask.brandChanges());
  if (changes.isError) return <Trouble error={changes.error} retry={() => void changes.refetch()} />;
  const items = changes.data?.pages.flatMap((page) => page.items) ?? [];
  if (items.length === 0) return null;
  return (
    <section className="section" aria-labelledby="brand-changes">
      <h2 id="brand-changes">{t('brand.changes')}</h2>
      <ul className="changes">
        {items.map((change) => (
          <li key={change.id}>
            {change.fields.map((field) => (
              <p key={field.field}>{brandSentence(field, t, language)}</p>
            ))}
            <p className="faint small">
              {t('brand.change_by', { name: change.actor.name ?? t(`actor.${change.actor.kind}`), at: [format.date(change.at), format.time(change.at)].join(' ') })}
            </p>
          </li>
        ))}
      </ul>
      <More when={changes.hasNextPage && !changes.isFetchingNextPage} ask={() => void changes.fetchNextPage()} />
    </section>
  );
}

/** The brand: what can still be changed, what stays and why, and who has changed what. */
export function Component() {
  const brand = useQuery(ask.brand());
  if (brand.isPending) return <Bones lines={6} tall />;
  if (brand.isError) return <Trouble error={brand.error} retry={() => void brand.refetch()} />;
  return (
    <>
      <BrandForm key={JSON.stringify(brand.data.brand)} brand={brand.data.brand} currencyFixed={brand.data.currency_fixed} />
      <Changes />
    </>
  );
}
