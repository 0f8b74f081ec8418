import { useState } from 'react';
import { App, Button, Input, Select, Switch } from 'antd';
import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ConsentChannel, ConsentRules, LocalText, Purpose } from '@danggol/api';
import { putConsentRules } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { languages, useLanguage, useText } from '../../language';
import { Bones } from '../../parts/bones';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { isNamed, NameFields, readText } from '../../parts/name-fields';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { consentChannelText } from '../../text/names';
import './consents.css';

const channels = Object.keys(consentChannelText) as ConsentChannel[];

/** A purpose while it is edited: what people read stands apart from its versions. */
interface Draft extends Omit<Purpose, 'wordings' | 'confirm_days'> {
  confirm_days: number | null;
  wording: LocalText;
  versions: Purpose['wordings'];
  /** It has a code already, by which programs know it. */
  kept: boolean;
}

const draftOf = ({ wordings, confirm_days, ...purpose }: Purpose): Draft => ({ ...purpose, confirm_days: confirm_days ?? null, wording: wordings.at(-1)?.text ?? {}, versions: wordings, kept: true });

const texts = (text: LocalText) => JSON.stringify(languages.map(({ code }) => text[code] ?? ''));

function Wording({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const t = useText();
  const format = useFormat();
  const newest = draft.versions.at(-1);
  const differs = isNamed(draft.wording) && texts(draft.wording) !== texts(newest?.text ?? {});
  return (
    <fieldset className="section name-fields">
      <legend>{t('consents.wording')}</legend>
      <p className="soft small">{t('consents.wording_hint')}</p>
      {languages.map(({ code: language, name }) => (
        <Field key={language} label={name}>
          {(control) => (
            <Input.TextArea
              {...control}
              lang={language}
              maxLength={4000}
              autoSize={{ minRows: 1, maxRows: 8 }}
              value={draft.wording[language] ?? ''}
              onChange={(event) => {
                const { [language]: _, ...others } = draft.wording;
                set({ wording: event.target.value ? { ...others, [language]: event.target.value } : others });
              }}
            />
          )}
        </Field>
      ))}
      {newest ? <p className="soft small">{t('consents.wording_version', { n: newest.version, date: format.date(newest.since) })}</p> : null}
      {differs ? <p className="small">{t('consents.new_version', { n: (newest?.version ?? 0) + 1 })}</p> : null}
    </fieldset>
  );
}

function PurposeForm({ draft, at, last, fault, set, onMove, onRemove }: {
  draft: Draft;
  at: number;
  last: boolean;
  fault: { field: string; text: string } | null;
  set: (change: Partial<Draft>) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}) {
  const { t, language } = useLanguage();
  const name = readText(draft.name, language) || draft.code || t('consents.purpose');
  const faultOf = (field: string) => (fault?.field === `purposes[${at}].${field}` ? fault.text : null);
  return (
    <section className="section consent-purpose-form" aria-label={name}>
      <div className="section-head">
        <h2>{name}</h2>
        <span className="inline">
          <Button type="text" icon={<ArrowUpOutlined />} disabled={at === 0} aria-label={t('consents.up', { name })} onClick={() => onMove(-1)} />
          <Button type="text" icon={<ArrowDownOutlined />} disabled={last} aria-label={t('consents.down', { name })} onClick={() => onMove(1)} />
          <Button type="text" icon={<CloseOutlined />} aria-label={t('consents.remove', { name })} title={t('consents.remove_hint')} onClick={onRemove} />
        </span>
      </div>
      {draft.kept ? null : (
        <Field label={t('consents.code')} hint={t('consents.code_hint')} error={faultOf('code')}>
          {({ status, ...control }) => <Input {...control} status={status ?? ''} maxLength={32} value={draft.code} onChange={(event) => set({ code: event.target.value })} />}
        </Field>
      )}
      <NameFields legend={t('consents.name')} value={draft.name} error={faultOf('name')} onChange={(named) => set({ name: named })} />
      <Field label={t('consents.channels')} hint={t('consents.channels_hint')} error={faultOf('channels')}>
        {({ status, ...control }) => (
          <Select<ConsentChannel[]>
            {...control}
            {...(status ? { status } : {})}
            mode="multiple"
            value={draft.channels}
            options={channels.map((value) => ({ value, label: t(consentChannelText[value]) }))}
            onChange={(chosen) => set({ channels: chosen })}
          />
        )}
      </Field>
      <label className="inline">
        <Switch checked={draft.asked_at_counter} onChange={(asked) => set({ asked_at_counter: asked })} />
        <span>{t('consents.asked_at_counter')}</span>
      </label>
      <Field label={t('consents.confirm_days')} hint={t('consents.confirm_days_hint')} optional={t('field.optional')} error={faultOf('confirm_days')}>
        {(control) => <CountField {...control} min={1} max={3660} value={draft.confirm_days} onChange={(days) => set({ confirm_days: days })} />}
      </Field>
      <Wording draft={draft} set={set} />
      {faultOf('wording') ? <p className="field-fault">{faultOf('wording')}</p> : null}
    </section>
  );
}

function Form({ kept }: { kept: ConsentRules }) {
  const t = useText();
  const { message } = App.useApp();
  const [purposes, setPurposes] = useState(kept.purposes.map(draftOf));
  const save = useMutation({
    mutationFn: () =>
      putConsentRules({
        purposes: purposes.map(({ code, name, channels: by, asked_at_counter, confirm_days, wording }) => ({
          code: code.trim(), name, channels: by, asked_at_counter, ...(confirm_days ? { confirm_days } : {}), ...(isNamed(wording) ? { wording } : {}),
        })),
      }),
    onSuccess: (saved) => {
      void message.success(t('brand.saved'));
      queries.setQueryData(ask.consentRules().queryKey, saved);
      setPurposes(saved.purposes.map(draftOf));
      void queries.invalidateQueries({ queryKey: ['member'] });
      void queries.invalidateQueries({ queryKey: ['brand', 'changes'] });
    },
  });
  const set = (at: number, change: Partial<Draft>) => setPurposes(purposes.map((one, place) => (place === at ? { ...one, ...change } : one)));
  const move = (at: number, by: number) => {
    const next = [...purposes];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(at + by, 0, moved);
    setPurposes(next);
  };
  const field = save.isError ? fieldOf(save.error) : null;
  const fault = field ? { field, text: sentenceOf(save.error, t) } : null;
  return (
    <form
      className="form consent-form"
      aria-label={t('consents.settings')}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p>{t('consents.settings_lead')}</p>
      {purposes.length === 0 ? <p className="soft">{t('consents.empty')}</p> : null}
      {purposes.map((draft, at) => (
        <PurposeForm key={at} draft={draft} at={at} last={at === purposes.length - 1} fault={fault} set={(change) => set(at, change)} onMove={(by) => move(at, by)} onRemove={() => setPurposes(purposes.toSpliced(at, 1))} />
      ))}
      <div>
        <Button disabled={purposes.length >= 20} onClick={() => setPurposes([...purposes, { code: '', name: {}, channels: [], asked_at_counter: false, confirm_days: null, wording: {}, versions: [], kept: false }])}>
          {t('consents.add')}
        </Button>
      </div>
      {save.isError ? <Trouble error={save.error} /> : null}
      <div>
        <Button type="primary" htmlType="submit" loading={save.isPending}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

/** For what the brand asks its members, and what they read. */
export function Component() {
  const rules = useQuery(ask.consentRules());
  if (rules.isPending) return <Bones lines={6} tall />;
  if (rules.isError) return <Trouble error={rules.error} retry={() => void rules.refetch()} />;
  return <Form kept={rules.data} />;
}
