import { useState } from 'react';
import { App, Button, Checkbox, Drawer, Input, InputNumber, Segmented, Select } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Birthday, Gender, Language, Member, MemberFields } from '@danggol/api';
import { patchMember } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { languages, useText } from '../../language';
import { Field } from '../../parts/field';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { genderText } from '../../text/names';

/** The form as it is typed; turned into the API's shape on saving. */
interface Typed {
  name: string;
  gender: Gender | null;
  year: string;
  month: number | null;
  day: number | null;
  calendar: Birthday['calendar'];
  leap: boolean;
  language: Language | null;
  occupation: string;
  residence: string;
  income_band: string;
  household_size: number | null;
  preferences: string;
  note: string;
  store: string | null;
  custom: [string, string][];
}

function typedOf(member: Member): Typed {
  const match = /^(\d{4}|-)-(\d{2})-(\d{2})$/.exec(member.birthday?.date ?? '');
  return {
    name: member.name ?? '',
    gender: member.gender ?? null,
    year: match?.[1] && match[1] !== '-' ? match[1] : '',
    month: match ? Number(match[2]) : null,
    day: match ? Number(match[3]) : null,
    calendar: member.birthday?.calendar ?? 'solar',
    leap: member.birthday?.leap_month ?? false,
    language: member.language ?? null,
    occupation: member.occupation ?? '',
    residence: member.residence ?? '',
    income_band: member.income_band ?? '',
    household_size: member.household_size ?? null,
    preferences: member.preferences ?? '',
    note: member.note ?? '',
    store: member.store ?? null,
    custom: Object.entries(member.custom),
  };
}

function birthdayOf(typed: Typed): Birthday | null {
  if (typed.month === null || typed.day === null) return null;
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${/^\d{4}$/.test(typed.year) ? typed.year : '-'}-${two(typed.month)}-${two(typed.day)}`;
  return { date, calendar: typed.calendar, leap_month: typed.calendar === 'lunar' && typed.leap };
}

function fieldsOf(typed: Typed): MemberFields {
  const text = (value: string) => value.trim() || null;
  return {
    name: text(typed.name),
    gender: typed.gender,
    birthday: birthdayOf(typed),
    language: typed.language,
    occupation: text(typed.occupation),
    residence: text(typed.residence),
    income_band: text(typed.income_band),
    household_size: typed.household_size,
    preferences: text(typed.preferences),
    note: text(typed.note),
    store: typed.store,
    custom: Object.fromEntries(typed.custom.map(([name, value]): [string, string] => [name.trim(), value.trim()]).filter(([name]) => name !== '')),
  };
}

/** Only what was changed is sent, so that two people editing different facts do not undo each other. */
function changesOf(member: Member, typed: Typed): MemberFields {
  const before = fieldsOf(typedOf(member));
  return Object.fromEntries(Object.entries(fieldsOf(typed)).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof MemberFields])));
}

function BirthdayField({ typed, change, error }: { typed: Typed; change: (part: Partial<Typed>) => void; error: string | null }) {
  const t = useText();
  const numbers = (most: number) => Array.from({ length: most }, (_, index) => ({ value: index + 1, label: String(index + 1) }));
  return (
    <Field label={t('profile.birthday')} hint={t('profile.birthday_hint')} error={error}>
      {(control) => (
        <div className="inline">
          <Segmented<Birthday['calendar']>
            value={typed.calendar}
            aria-label={t('profile.calendar')}
            options={[
              { value: 'solar', label: t('profile.solar') },
              { value: 'lunar', label: t('profile.lunar') },
            ]}
            onChange={(calendar) => change({ calendar })}
          />
          <Input {...control} className="birthday-year" inputMode="numeric" maxLength={4} value={typed.year} placeholder={t('profile.year')} aria-label={t('profile.year')} onChange={(event) => change({ year: event.target.value })} />
          <Select className="birthday-part" allowClear value={typed.month} placeholder={t('profile.month')} aria-label={t('profile.month')} options={numbers(12)} onChange={(month?: number) => change({ month: month ?? null })} />
          <Select className="birthday-part" allowClear value={typed.day} placeholder={t('profile.day')} aria-label={t('profile.day')} options={numbers(typed.calendar === 'lunar' ? 30 : 31)} onChange={(day?: number) => change({ day: day ?? null })} />
          {typed.calendar === 'lunar' ? (
            <Checkbox checked={typed.leap} onChange={(event) => change({ leap: event.target.checked })}>
              {t('profile.leap')}
            </Checkbox>
          ) : null}
        </div>
      )}
    </Field>
  );
}

function ProfileForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const [typed, setTyped] = useState(() => typedOf(member));
  const stores = useQuery(ask.stores());
  const change = (part: Partial<Typed>) => setTyped({ ...typed, ...part });
  const changes = changesOf(member, typed);
  const save = useMutation({
    mutationFn: () => patchMember(member.id, changes),
    onSuccess: (changed) => {
      queries.setQueryData(ask.member(member.id).queryKey, changed);
      void queries.invalidateQueries({ queryKey: ['member', member.id, 'timeline'] });
      void queries.invalidateQueries({ queryKey: ['members'] });
      void message.success(t('profile.saved'));
      onClose();
    },
  });
  const faulty = fieldOf(save.error);
  const near = (name: string) => (faulty?.includes(name) ? sentenceOf(save.error, t) : null);
  const text = (name: 'name' | 'occupation' | 'residence' | 'income_band' | 'preferences') => (
    <Field label={t(`profile.${name}`)} error={near(name)}>
      {(control) => <Input {...control} value={typed[name]} onChange={(event) => change({ [name]: event.target.value })} />}
    </Field>
  );
  return (
    <form
      className="form form-two"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {text('name')}
      <Field label={t('profile.gender')}>
        {({ status: _status, ...control }) => (
          <Select {...control} allowClear value={typed.gender} options={(['female', 'male', 'other'] as const).map((value) => ({ value, label: t(genderText[value]) }))} onChange={(gender?: Gender) => change({ gender: gender ?? null })} />
        )}
      </Field>
      <div className="form-wide">
        <BirthdayField typed={typed} change={change} error={near('birthday')} />
      </div>
      <Field label={t('profile.language')}>
        {({ status: _status, ...control }) => (
          <Select {...control} allowClear value={typed.language} options={languages.map(({ code, name }) => ({ value: code, label: name }))} onChange={(language?: Language) => change({ language: language ?? null })} />
        )}
      </Field>
      <Field label={t('profile.store')}>
        {({ status: _status, ...control }) => (
          <Select {...control} allowClear showSearch value={typed.store} options={(stores.data?.items ?? []).map((store) => ({ value: store.code, label: [store.code, store.name].filter(Boolean).join(' ') }))} onChange={(store?: string) => change({ store: store ?? null })} />
        )}
      </Field>
      {text('occupation')}
      {text('residence')}
      {text('income_band')}
      <Field label={t('profile.household_size')}>
        {(control) => <InputNumber {...control} min={1} max={30} precision={0} value={typed.household_size} onChange={(household_size) => change({ household_size })} />}
      </Field>
      <div className="form-wide">{text('preferences')}</div>
      <Field label={t('profile.note')} className="form-wide">
        {(control) => <Input.TextArea {...control} autoSize={{ minRows: 2 }} value={typed.note} onChange={(event) => change({ note: event.target.value })} />}
      </Field>
      <fieldset className="form-wide custom-fields">
        <legend>{t('profile.custom')}</legend>
        {typed.custom.map(([name, value], index) => (
          <div key={index} className="inline">
            <Input aria-label={t('profile.custom_name')} placeholder={t('profile.custom_name')} value={name} onChange={(event) => change({ custom: typed.custom.with(index, [event.target.value, value]) })} />
            <Input aria-label={t('profile.custom_value')} placeholder={t('profile.custom_value')} value={value} onChange={(event) => change({ custom: typed.custom.with(index, [name, event.target.value]) })} />
            <Button type="text" onClick={() => change({ custom: typed.custom.toSpliced(index, 1) })}>
              {t('action.remove')}
            </Button>
          </div>
        ))}
        <Button size="small" onClick={() => change({ custom: [...typed.custom, ['', '']] })}>
          {t('profile.custom_add')}
        </Button>
      </fieldset>
      {save.isError && !faulty ? (
        <div className="form-wide">
          <Trouble error={save.error} />
        </div>
      ) : null}
      <div className="form-end form-wide">
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button type="primary" htmlType="submit" disabled={Object.keys(changes).length === 0} loading={save.isPending}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

export function ProfileDrawer({ member, open, onClose }: { member: Member; open: boolean; onClose: () => void }) {
  const t = useText();
  return (
    <Drawer open={open} onClose={onClose} size={640} title={t('profile.edit')} destroyOnHidden>
      <ProfileForm member={member} onClose={onClose} />
    </Drawer>
  );
}
