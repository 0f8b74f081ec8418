import { useRef, useState, type ChangeEvent } from 'react';
import { Button, Drawer, Input, Select, Switch } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Allowance, Festival, Gift, GiftTerms } from '@danggol/api';
import { changeGift, createGift, keepPicture } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { GiftPicture } from '../../parts/gift-picture';
import { MoneyField } from '../../parts/money-field';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { ConditionTree } from '../benefits/condition';
import { isNamed, NameFields } from '../../parts/name-fields';
import '../benefits/benefits.css';

const bytesMax = 256 * 1024;

/** The bytes of a file as base64. */
async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}

function PictureField({ id, error, onChange }: { id: string | null; error: string | null; onChange: (id: string | null) => void }) {
  const t = useText();
  const input = useRef<HTMLInputElement>(null);
  const [large, setLarge] = useState(false);
  const keep = useMutation({ mutationFn: async (file: File) => keepPicture(await base64Of(file)), onSuccess: (kept) => onChange(kept.id) });
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (!file) return;
    setLarge(file.size > bytesMax);
    if (file.size <= bytesMax) keep.mutate(file);
  };
  return (
    <Field label={t('gifts.picture')} hint={t('gifts.picture_hint')} optional={t('field.optional')} error={large ? t('gifts.picture_large') : keep.isError ? sentenceOf(keep.error, t) : error}>
      {({ status: _, ...control }) => (
        <div className="gift-picture-line">
          <GiftPicture id={id} large />
          <div>
            <input {...control} ref={input} className="gift-file" tabIndex={-1} type="file" accept="image/png,image/jpeg,image/webp" onChange={choose} />
            <Button loading={keep.isPending} onClick={() => input.current?.click()}>
              {t('gifts.picture_choose')}
            </Button>
            {id ? (
              <Button size="small" onClick={() => onChange(null)}>
                {t('gifts.picture_none')}
              </Button>
            ) : null}
          </div>
        </div>
      )}
    </Field>
  );
}

function Allowances({ items, error, onChange }: { items: Allowance[]; error: string | null; onChange: (items: Allowance[]) => void }) {
  const t = useText();
  const set = (at: number, next: Allowance) => onChange(items.map((one, index) => (index === at ? next : one)));
  return (
    <section className="section" aria-label={t('gifts.allowances')}>
      <h3>{t('gifts.allowances')}</h3>
      <p className="soft">{items.length === 0 ? t('gifts.for_everybody') : t('gifts.first_counts')}</p>
      {items.map((allowance, at) => (
        <div key={at} className="allowance" role="group" aria-label={t('gifts.allowance_n', { n: at + 1 })}>
          {allowance.when ? null : <p className="soft">{t('gifts.everybody')}</p>}
          <ConditionTree of={['member']} value={allowance.when ?? null} onChange={(when) => set(at, { ...allowance, when })} />
          <div className="form form-two">
            <Field label={t('gifts.most')} optional={t('field.optional')}>
              {(control) => <CountField {...control} min={1} max={1_000_000} value={allowance.most} onChange={(most) => set(at, { ...allowance, most })} />}
            </Field>
          </div>
          <div>
            <Button size="small" onClick={() => onChange(items.filter((_, index) => index !== at))}>
              {t('gifts.allowance_drop')}
            </Button>
          </div>
        </div>
      ))}
      {error ? (
        <p className="field-fault" role="alert">
          {error}
        </p>
      ) : null}
      <div>
        <Button onClick={() => onChange([...items, { when: null, most: 1 }])} disabled={items.length >= 20}>
          {t('gifts.allowance_add')}
        </Button>
      </div>
    </section>
  );
}

const fresh = (): GiftTerms => ({
  code: `gift-${Date.now().toString(36)}`,
  name: {},
  category: null,
  picture: null,
  points: 100,
  amount_minor: 0,
  allowances: [],
  hold_days: 14,
  collected: true,
  delivered: false,
  festival: null,
  open: true,
});

/** A gift of the catalogue: its names and picture, what it costs, who may have how many, and when. */
export function GiftDrawer({ gift, festivals, onClose }: { gift: Gift | null; festivals: Festival[]; onClose: () => void }) {
  const t = useText();
  const [key] = useState(newIdempotencyKey);
  const [terms, setTerms] = useState<GiftTerms>(() => gift?.terms ?? fresh());
  const set = (part: Partial<GiftTerms>) => setTerms((before) => ({ ...before, ...part }));
  const keep = useMutation({
    mutationFn: () => (gift ? changeGift(gift.id, terms) : createGift(terms, key)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ask.gifts().queryKey });
      onClose();
    },
  });
  const field = fieldOf(keep.error) ?? '';
  const near = (...parts: string[]) => (parts.some((part) => field.startsWith(part)) ? sentenceOf(keep.error, t) : null);
  const ready = isNamed(terms.name) && terms.code.trim() !== '' && terms.points >= 1;
  return (
    <Drawer open onClose={onClose} size={680} title={gift ? gift.name : t('gifts.new')}>
      <form
        className="rule-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) keep.mutate();
        }}
      >
        <NameFields legend={t('gifts.name')} value={terms.name} error={near('name')} onChange={(name) => set({ name })} />
        <PictureField id={terms.picture ?? null} error={near('picture')} onChange={(picture) => set({ picture })} />
        <div className="form form-two">
          <Field label={t('gifts.code')} error={near('code')}>
            {({ status, ...control }) => <Input {...control} status={status ?? ''} maxLength={40} value={terms.code} onChange={(event) => set({ code: event.target.value })} />}
          </Field>
          <Field label={t('gifts.category')} hint={t('gifts.category_hint')} optional={t('field.optional')} error={near('category')}>
            {({ status, ...control }) => <Input {...control} status={status ?? ''} maxLength={80} value={terms.category ?? ''} onChange={(event) => set({ category: event.target.value || null })} />}
          </Field>
          <Field label={t('gifts.points')} error={near('points')}>
            {(control) => <CountField {...control} min={1} value={terms.points} onChange={(points) => set({ points: points ?? 0 })} />}
          </Field>
          <Field label={t('gifts.money')} hint={t('gifts.money_hint')} optional={t('field.optional')} error={near('amount_minor')}>
            {(control) => <MoneyField {...control} value={terms.amount_minor || null} onChange={(amount) => set({ amount_minor: amount ?? 0 })} />}
          </Field>
          <Field label={t('gifts.hold_days')} error={near('hold_days')}>
            {(control) => <CountField {...control} min={1} max={366} unit={t('unit.days')} value={terms.hold_days} onChange={(days) => set({ hold_days: days ?? 0 })} />}
          </Field>
          <Field label={t('gifts.festival')} error={near('festival')}>
            {({ status: _, ...control }) => (
              <Select
                {...control}
                value={terms.festival ?? ''}
                options={[{ value: '', label: t('gifts.always') }, ...festivals.map((festival) => ({ value: festival.id, label: festival.name }))]}
                onChange={(festival: string) => set({ festival: festival || null })}
              />
            )}
          </Field>
        </div>
        <section className="section" aria-label={t('gifts.ways')}>
          <h3>{t('gifts.ways')}</h3>
          <label className="switch-line">
            <Switch checked={terms.collected} onChange={(collected) => set({ collected })} />
            <span>{t('gifts.collected')}</span>
          </label>
          <label className="switch-line">
            <Switch checked={terms.delivered} onChange={(delivered) => set({ delivered })} />
            <span>{t('gifts.delivered')}</span>
          </label>
          <label className="switch-line">
            <Switch checked={terms.open} onChange={(open) => set({ open })} />
            <span>{t('gifts.open')}</span>
          </label>
          {near('collected') ? (
            <p className="field-fault" role="alert">
              {near('collected')}
            </p>
          ) : null}
        </section>
        <Allowances items={terms.allowances ?? []} error={near('allowances')} onChange={(allowances) => set({ allowances })} />
        {keep.isError && !field ? <Trouble error={keep.error} /> : null}
        {gift ? <p className="soft small">{t('gifts.changes_lead')}</p> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" loading={keep.isPending} disabled={!ready}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </Drawer>
  );
}
