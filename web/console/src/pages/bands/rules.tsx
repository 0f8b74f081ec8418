import { useState } from 'react';
import { App, Button, Input, Select } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { BandRules } from '@danggol/api';
import { putBandRules } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';

const separators = [',', '，', '、', ' '];

/** Where bands of age begin, and which bands of income there are, in their order. */
export function Rules({ rules, found }: { rules: BandRules; found: string[] }) {
  const t = useText();
  const { message } = App.useApp();
  const [ages, setAges] = useState(rules.ages);
  const [incomes, setIncomes] = useState(rules.incomes ?? []);
  const [field, setField] = useState(rules.age_field ?? '');
  const save = useMutation({
    mutationFn: () => putBandRules({ ages, incomes, age_field: field.trim() || null }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ask.bands().queryKey });
      void message.success(t('bands.saved'));
    },
  });
  const read = (typed: string[]) => [...new Set(typed.map((text) => Number(text.trim())).filter((age) => Number.isInteger(age) && age >= 1 && age <= 120))].sort((one, other) => one - other);
  return (
    <section className="section" aria-label={t('bands.rules')}>
      <h2>{t('bands.rules')}</h2>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Field label={t('bands.ages')} hint={t('bands.ages_hint')}>
          {(control) => <Select {...control} className="bands-field" mode="tags" open={false} suffixIcon={null} tokenSeparators={separators} value={ages.map(String)} onChange={(typed: string[]) => setAges(read(typed))} />}
        </Field>
        <Field label={t('bands.incomes')} hint={t('bands.incomes_hint')}>
          {(control) => <Select {...control} className="bands-field" mode="tags" options={found.map((name) => ({ value: name, label: name }))} value={incomes} onChange={(typed: string[]) => setIncomes(typed.map((text) => text.trim()).filter(Boolean))} />}
        </Field>
        <Field label={t('bands.age_field')} hint={t('bands.age_field_hint')}>
          {(control) => <Input {...control} className="bands-field" maxLength={64} value={field} onChange={(event) => setField(event.target.value)} />}
        </Field>
        {save.isError ? <Trouble error={save.error} /> : null}
        <div className="form-end">
          <Button type="primary" htmlType="submit" disabled={ages.length === 0} loading={save.isPending}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </section>
  );
}
