import { useState } from 'react';
import { Button } from 'antd';
import type { Rule } from '@danggol/api';
import { useText } from '../../language';
import { useDraft } from './draft';
import { freshId, ItemList } from './item-list';
import { RuleDrawer } from './rule-drawer';

/** The earning rules, each said as a sentence. */
export function Rules() {
  const t = useText();
  const { programme, change } = useDraft();
  const [open, setOpen] = useState<string | null>(null);
  const { rules } = programme.earning;
  const set = (next: Rule[]) => change({ ...programme, earning: { ...programme.earning, rules: next } });
  const at = rules.findIndex((rule) => rule.id === open);
  const opened = rules[at];

  const add = () => {
    const id = freshId('rule', rules);
    set([...rules, { id, name: t('rule.new_name'), enabled: true, when: null, lines: null, award: { kind: 'multiplier', percent: 200 }, asset: 'points', group: null, from: null, until: null, caps: { per_purchase: null, per_day: null, per_month: null, per_year: null }, rounding: 'down' }]);
    setOpen(id);
  };

  return (
    <section className="section" aria-labelledby="rules">
      <div className="section-head">
        <div>
          <h2 id="rules">{t('rule.title')}</h2>
          <p className="soft small">{t('rule.lead')}</p>
        </div>
        <Button onClick={add}>{t('rule.add')}</Button>
      </div>
      {rules.length === 0 ? <p className="soft">{t('rule.none')}</p> : null}
      <ItemList path="earning.rules" prefix="rule" items={rules} set={set} onOpen={setOpen} />
      {opened ? <RuleDrawer rule={opened} index={at} onChange={(next) => set(rules.with(at, next))} onClose={() => setOpen(null)} /> : null}
    </section>
  );
}
