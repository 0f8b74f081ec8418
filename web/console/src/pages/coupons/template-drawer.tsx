import { useState } from 'react';
import { Button, Drawer, Input, Segmented, Switch } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { NewCouponTemplate, Offer, Programme } from '@danggol/api';
import { checkProgramme, createCouponTemplate } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { useLater } from '../../parts/later';
import { MoneyField } from '../../parts/money-field';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { useSignedIn } from '../../session';
import { DraftContext, type Draft } from '../benefits/draft';
import { DatesField } from '../benefits/dates-field';
import { OfferForm } from '../benefits/offer-drawer';
import '../benefits/benefits.css';

type Template = Required<Omit<NewCouponTemplate, 'offer'>> & { offer: Offer };

function Validity({ template, set, error }: { template: Template; set: (next: Template) => void; error: string | null }) {
  const t = useText();
  const { validity } = template;
  const today = new Date().toISOString().slice(0, 10);
  return (
    <section className="section" aria-label={t('coupons.validity')}>
      <h3>{t('coupons.validity')}</h3>
      <Segmented
        aria-label={t('coupons.validity')}
        value={validity.kind}
        options={(['days', 'fixed'] as const).map((value) => ({ value, label: t(`coupons.validity.${value}`) }))}
        onChange={(kind) => set({ ...template, validity: kind === 'days' ? { kind, days: 30, after_days: 0 } : { kind, from: today, until: today } })}
      />
      {validity.kind === 'days' ? (
        <div className="form form-two">
          <Field label={t('coupons.days')} error={error}>
            {(control) => <CountField {...control} min={1} max={3_660} unit={t('unit.days')} value={validity.days} onChange={(days) => set({ ...template, validity: { ...validity, days: days ?? 0 } })} />}
          </Field>
          <Field label={t('coupons.after_days')}>
            {(control) => <CountField {...control} max={3_660} unit={t('unit.days')} value={validity.after_days ?? 0} onChange={(after) => set({ ...template, validity: { ...validity, after_days: after ?? 0 } })} />}
          </Field>
        </div>
      ) : (
        <DatesField from={validity.from} until={validity.until} error={error} onChange={(dates) => set({ ...template, validity: { kind: 'fixed', from: dates.from ?? '', until: dates.until ?? '' } })} />
      )}
    </section>
  );
}

function Bounds({ template, set, error }: { template: Template; set: (next: Template) => void; error: string | null }) {
  const t = useText();
  const { caps } = template;
  const cap = (field: 'issued' | 'used' | 'per_member') => (
    <Field label={t(`coupons.cap.${field}`)} optional={t('field.optional')}>
      {(control) => <CountField {...control} min={1} max={100_000_000} value={caps[field]} onChange={(most) => set({ ...template, caps: { ...caps, [field]: most } })} />}
    </Field>
  );
  return (
    <section className="section" aria-label={t('coupons.caps')}>
      <h3>{t('coupons.caps')}</h3>
      <div className="form form-two">
        {cap('issued')}
        {cap('used')}
        {cap('per_member')}
        <Field label={t('coupons.cap.budget')} optional={t('field.optional')}>
          {(control) => <MoneyField {...control} value={caps.budget_minor ?? null} onChange={(most) => set({ ...template, caps: { ...caps, budget_minor: most } })} />}
        </Field>
      </div>
      <Field label={t('coupons.shared_code')} optional={t('field.optional')} hint={t('coupons.shared_hint')} error={error}>
        {({ status, ...control }) => (
          <Input
            {...control}
            status={status ?? ''}
            maxLength={12}
            value={template.shared_code ?? ''}
            onChange={(event) => set({ ...template, shared_code: event.target.value.normalize('NFKC').toUpperCase().replace(/[^A-Z0-9]/g, '') || null })}
          />
        )}
      </Field>
      <label className="switch-line">
        <Switch checked={template.stacks} onChange={(stacks) => set({ ...template, stacks })} />
        <span>{t('coupons.stacks')}</span>
      </label>
      <label className="switch-line">
        <Switch checked={template.transferable} onChange={(transferable) => set({ ...template, transferable })} />
        <span>{t('coupons.transferable')}</span>
      </label>
      <label className="switch-line">
        <Switch checked={template.on_return === 'while_valid'} onChange={(back) => set({ ...template, on_return: back ? 'while_valid' : 'never' })} />
        <span>{t('coupons.back')}</span>
      </label>
    </section>
  );
}

/** What the server says of the offer beside those of the programme: its sentence, and what is wrong. */
function useChecked(programme: Programme, offer: Offer): Draft {
  const whole = { ...programme, offers: [...programme.offers, offer] };
  const asked = useLater(JSON.stringify(whole), 400);
  const checked = useQuery({
    queryKey: ['programme', 'coupon', asked],
    queryFn: ({ signal }) => checkProgramme(JSON.parse(asked) as Programme, signal),
    placeholderData: (before) => before,
    staleTime: 0,
    gcTime: 0,
  });
  // Before there is a name, nobody needs to hear that there is none.
  const nameless = `offers[${programme.offers.length}].name`;
  const faults = (checked.data?.faults ?? []).filter((fault) => offer.name.trim() !== '' || fault.path !== nameless);
  return { programme: whole, change: () => undefined, faults, words: checked.data?.words ?? [], keeping: 'kept', error: null, retry: () => undefined, differs: false };
}

function Editor({ programme, onClose }: { programme: Programme; onClose: () => void }) {
  const t = useText();
  const { brand } = useSignedIn();
  const [key] = useState(newIdempotencyKey);
  const [template, setTemplate] = useState<Template>(() => ({
    offer: {
      id: `coupon-${Date.now().toString(36)}`,
      name: '',
      enabled: true,
      when: null,
      lines: null,
      effect: { kind: 'amount', amount_minor: 10 * 10 ** brand.currency_exponent * (brand.currency_exponent === 0 ? 100 : 1) },
      group: null,
      alone: false,
      excludes: [],
      priority: 0,
      from: null,
      until: null,
      rounding: 'down',
    },
    validity: { kind: 'days', days: 30, after_days: 0 },
    caps: { issued: null, used: null, budget_minor: null, per_member: null },
    stacks: false,
    on_return: 'while_valid',
    transferable: false,
    shared_code: null,
  }));
  const draft = useChecked(programme, template.offer);
  const make = useMutation({
    mutationFn: () => createCouponTemplate(template, key),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ask.couponTemplates().queryKey });
      onClose();
    },
  });
  const field = fieldOf(make.error) ?? '';
  const near = (part: string) => (field.startsWith(part) ? sentenceOf(make.error, t) : null);
  return (
    <DraftContext value={draft}>
      <form
        className="rule-form"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <OfferForm dated={false} offer={template.offer} index={programme.offers.length} onChange={(offer) => setTemplate({ ...template, offer })} />
        <Validity template={template} set={setTemplate} error={near('validity')} />
        <Bounds template={template} set={setTemplate} error={near('shared_code')} />
        {make.isError && !near('validity') && !near('shared_code') ? <Trouble error={make.error} /> : null}
        <p className="soft small">{t('coupons.frozen')}</p>
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" loading={make.isPending} disabled={!template.offer.name.trim()}>
            {t('coupons.make')}
          </Button>
        </div>
      </form>
    </DraftContext>
  );
}

/** A new kind of coupon: an offer with days and bounds. Once made it never changes. */
export function TemplateDrawer({ onClose }: { onClose: () => void }) {
  const t = useText();
  const programme = useQuery(ask.programme());
  return (
    <Drawer open onClose={onClose} size={680} title={t('coupons.new')}>
      {programme.isError ? <Trouble error={programme.error} retry={() => void programme.refetch()} /> : null}
      {programme.isPending ? <Bones lines={8} /> : null}
      {programme.data ? <Editor programme={programme.data.published.programme} onClose={onClose} /> : null}
    </Drawer>
  );
}
