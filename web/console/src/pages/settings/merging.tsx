import { useState } from 'react';
import { App, Button, Input, Select } from 'antd';
import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { IdentityKind, MergeRules } from '@danggol/api';
import { putMergeRules } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { identityText } from '../../text/names';
import './merging.css';

const kinds = Object.keys(identityText) as IdentityKind[];

/** The kinds that are trusted, in their order. */
function Trusted({ rules, set }: { rules: MergeRules; set: (change: Partial<MergeRules>) => void }) {
  const t = useText();
  const { trusted } = rules;
  const swap = (at: number, by: number) => {
    const next = [...trusted];
    const [moved] = next.splice(at, 1);
    if (moved) next.splice(at + by, 0, moved);
    set({ trusted: next });
  };
  const left = kinds.filter((kind) => !trusted.includes(kind));
  return (
    <section className="section" aria-labelledby="merging-trusted">
      <h2 id="merging-trusted">{t('merging.trusted')}</h2>
      <p className="soft small">{t('merging.trusted_hint')}</p>
      {trusted.length === 0 ? <p>{t('merging.nobody')}</p> : null}
      <ol className="merging-kinds">
        {trusted.map((kind, at) => (
          <li key={kind}>
            <span>{t(identityText[kind])}</span>
            <span className="inline">
              <Button type="text" icon={<ArrowUpOutlined />} disabled={at === 0} aria-label={t('merging.up', { kind: t(identityText[kind]) })} onClick={() => swap(at, -1)} />
              <Button type="text" icon={<ArrowDownOutlined />} disabled={at === trusted.length - 1} aria-label={t('merging.down', { kind: t(identityText[kind]) })} onClick={() => swap(at, 1)} />
              <Button type="text" icon={<CloseOutlined />} aria-label={t('merging.remove', { kind: t(identityText[kind]) })} onClick={() => set({ trusted: trusted.filter((one) => one !== kind) })} />
            </span>
          </li>
        ))}
      </ol>
      {left.length > 0 ? (
        <Select<IdentityKind | null>
          className="merging-add"
          aria-label={t('merging.add')}
          placeholder={t('merging.add')}
          value={null}
          options={left.map((kind) => ({ value: kind, label: t(identityText[kind]) }))}
          onChange={(kind) => kind && set({ trusted: [...trusted, kind] })}
        />
      ) : null}
    </section>
  );
}

function Most({ rules, set }: { rules: MergeRules; set: (change: Partial<MergeRules>) => void }) {
  const t = useText();
  const { most = [] } = rules;
  const of = (kind: IdentityKind) => most.find((one) => one.kind === kind)?.most ?? null;
  const put = (kind: IdentityKind, count: number | null) => set({ most: [...most.filter((one) => one.kind !== kind), ...(count ? [{ kind, most: count }] : [])] });
  return (
    <section className="section" aria-labelledby="merging-most">
      <h2 id="merging-most">{t('merging.most')}</h2>
      <p className="soft small">{t('merging.most_hint')}</p>
      <div className="merging-most">
        {kinds.map((kind) => (
          <Field key={kind} label={t(identityText[kind])}>
            {(control) => <CountField {...control} min={1} max={20} value={of(kind)} onChange={(count) => put(kind, count)} />}
          </Field>
        ))}
      </div>
    </section>
  );
}

function Blocked({ rules, set }: { rules: MergeRules; set: (change: Partial<MergeRules>) => void }) {
  const t = useText();
  const { blocked = [] } = rules;
  const [kind, setKind] = useState<IdentityKind>('phone');
  const [value, setValue] = useState('');
  const add = () => {
    if (!value.trim()) return;
    set({ blocked: [...blocked, { kind, value: value.trim() }] });
    setValue('');
  };
  return (
    <section className="section" aria-labelledby="merging-blocked">
      <h2 id="merging-blocked">{t('merging.blocked')}</h2>
      <p className="soft small">{t('merging.blocked_hint')}</p>
      <ul className="merging-kinds">
        {blocked.map((one, at) => (
          <li key={`${one.kind} ${one.value}`}>
            <span>
              <span className="soft">{t(identityText[one.kind])}</span> {one.value}
            </span>
            <Button type="text" icon={<CloseOutlined />} aria-label={t('merging.remove', { kind: one.value })} onClick={() => set({ blocked: blocked.filter((_, place) => place !== at) })} />
          </li>
        ))}
      </ul>
      <div className="inline">
        <Select<IdentityKind> aria-label={t('merging.kind')} value={kind} options={kinds.map((one) => ({ value: one, label: t(identityText[one]) }))} onChange={setKind} />
        <Input
          className="merging-value"
          aria-label={t('merging.value')}
          placeholder={t('merging.value')}
          maxLength={254}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          onPressEnter={(event) => {
            event.preventDefault();
            add();
          }}
        />
        <Button disabled={!value.trim()} onClick={add}>
          {t('action.add')}
        </Button>
      </div>
    </section>
  );
}

function Form({ kept }: { kept: MergeRules }) {
  const t = useText();
  const { message } = App.useApp();
  const [rules, setRules] = useState(kept);
  const set = (change: Partial<MergeRules>) => setRules({ ...rules, ...change });
  const save = useMutation({
    mutationFn: () => putMergeRules(rules),
    onSuccess: (saved) => {
      void message.success(t('brand.saved'));
      queries.setQueryData(ask.mergeRules().queryKey, saved);
      void queries.invalidateQueries({ queryKey: ['brand', 'changes'] });
    },
  });
  return (
    <form
      className="form narrow"
      aria-label={t('settings.merging')}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p>{t('merging.lead')}</p>
      <Trusted rules={rules} set={set} />
      <Blocked rules={rules} set={set} />
      <Most rules={rules} set={set} />
      {save.isError ? <Trouble error={save.error} /> : null}
      <div>
        <Button type="primary" htmlType="submit" disabled={JSON.stringify(rules) === JSON.stringify(kept)} loading={save.isPending}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

/** By which identities members become one by themselves, which values join nobody, and how many of a kind one person has. */
export function Component() {
  const rules = useQuery(ask.mergeRules());
  if (rules.isPending) return <Bones lines={6} tall />;
  if (rules.isError) return <Trouble error={rules.error} retry={() => void rules.refetch()} />;
  return <Form key={JSON.stringify(rules.data)} kept={rules.data} />;
}
