import { useState } from 'react';
import { App, Button, Switch } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { HouseholdRules } from '@danggol/api';
import { putHouseholdRules } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';

function Form({ kept }: { kept: HouseholdRules }) {
  const t = useText();
  const { message } = App.useApp();
  const [most, setMost] = useState<number | null>(kept.most_members);
  const [shares, setShares] = useState(kept.share_points);
  const save = useMutation({
    mutationFn: (count: number) => putHouseholdRules({ most_members: count, share_points: shares }),
    onSuccess: (saved) => {
      void message.success(t('brand.saved'));
      queries.setQueryData(ask.householdRules().queryKey, saved);
      void queries.invalidateQueries({ queryKey: ['member'] });
      void queries.invalidateQueries({ queryKey: ['brand', 'changes'] });
    },
  });
  return (
    <form
      className="form narrow"
      aria-label={t('household.settings')}
      onSubmit={(event) => {
        event.preventDefault();
        if (most !== null) save.mutate(most);
      }}
    >
      <p>{t('household.settings_lead')}</p>
      <Field label={t('household.most')} hint={t('household.most_hint')}>
        {(control) => <CountField {...control} min={2} max={50} value={most} onChange={setMost} />}
      </Field>
      <label className="inline">
        <Switch checked={shares} onChange={setShares} />
        <span>{t('household.may_share')}</span>
      </label>
      <p className="soft small">{t('household.may_share_hint')}</p>
      {save.isError ? <Trouble error={save.error} /> : null}
      <div>
        <Button type="primary" htmlType="submit" disabled={most === null || (most === kept.most_members && shares === kept.share_points)} loading={save.isPending}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

/** How many members a household has at most, and whether they may share their points. */
export function Component() {
  const rules = useQuery(ask.householdRules());
  if (rules.isPending) return <Bones lines={4} tall />;
  if (rules.isError) return <Trouble error={rules.error} retry={() => void rules.refetch()} />;
  return <Form key={`${rules.data.most_members} ${rules.data.share_points}`} kept={rules.data} />;
}
