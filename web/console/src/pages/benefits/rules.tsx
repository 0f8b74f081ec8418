import { useState } from 'react';
import { App, Button, Dropdown, Switch } from 'antd';
import { EllipsisOutlined } from '@ant-design/icons';
import type { Rule } from '@danggol/api';
import { useText } from '../../language';
import { useDraft, useFaultsUnder, useWords } from './draft';
import { RuleDrawer } from './rule-drawer';

/** A code that no other rule has; it stays with the rule over all versions. */
function freshId(rules: Rule[]): string {
  for (let number = rules.length + 1; ; number += 1) {
    const id = `rule-${number}`;
    if (!rules.some((rule) => rule.id === id)) return id;
  }
}

function RuleRow({ rule, index, onOpen, onChange, onCopy, onRemove, onMove }: { rule: Rule; index: number; onOpen: () => void; onChange: (rule: Rule) => void; onCopy: () => void; onRemove: () => void; onMove: (by: -1 | 1) => void }) {
  const t = useText();
  const words = useWords(`earning.rules.${index}`);
  const faults = useFaultsUnder(`earning.rules.${index}`);
  const name = rule.name || t('rule.nameless');
  return (
    <li className="rule">
      <Switch size="small" checked={rule.enabled} aria-label={t('rule.enabled_of', { name })} onChange={(enabled) => onChange({ ...rule, enabled })} />
      <button type="button" className="rule-open" onClick={onOpen}>
        <strong className={rule.enabled ? '' : 'faint'}>{name}</strong>
        {words ? <span className={rule.enabled ? 'soft' : 'faint'}>{words}</span> : null}
        {faults.map((fault) => (
          <span key={`${fault.path}-${fault.code}`} className="loss small">
            {fault.text}
          </span>
        ))}
      </button>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'edit', label: t('action.edit'), onClick: onOpen },
            { key: 'copy', label: t('rule.copy'), onClick: onCopy },
            { key: 'up', label: t('rule.up'), onClick: () => onMove(-1) },
            { key: 'down', label: t('rule.down'), onClick: () => onMove(1) },
            { key: 'remove', danger: true, label: t('action.remove'), onClick: onRemove },
          ],
        }}
      >
        <Button type="text" icon={<EllipsisOutlined />} aria-label={t('rule.more_of', { name })} />
      </Dropdown>
    </li>
  );
}

/** The earning rules, each said as a sentence. */
export function Rules() {
  const t = useText();
  const { message } = App.useApp();
  const { programme, change } = useDraft();
  const [open, setOpen] = useState<string | null>(null);
  const { rules } = programme.earning;
  const set = (next: Rule[]) => change({ ...programme, earning: { ...programme.earning, rules: next } });
  const at = rules.findIndex((rule) => rule.id === open);
  const opened = rules[at];

  const add = () => {
    const id = freshId(rules);
    set([...rules, { id, name: t('rule.new_name'), enabled: true, when: null, lines: null, award: { kind: 'multiplier', percent: 200 }, asset: 'points', group: null, from: null, until: null, caps: { per_purchase: null, per_day: null, per_month: null, per_year: null }, rounding: 'down' }]);
    setOpen(id);
  };
  const remove = (index: number, rule: Rule) => {
    set(rules.toSpliced(index, 1));
    const key = `removed-${rule.id}`;
    void message.open({
      key,
      duration: 8,
      content: (
        <span>
          {t('rule.removed', { name: rule.name })}{' '}
          <Button
            type="link"
            size="small"
            onClick={() => {
              set(rules);
              message.destroy(key);
            }}
          >
            {t('action.undo')}
          </Button>
        </span>
      ),
    });
  };
  const move = (index: number, by: -1 | 1) => {
    const rule = rules[index];
    if (!rule || index + by < 0 || index + by >= rules.length) return;
    set(rules.toSpliced(index, 1).toSpliced(index + by, 0, rule));
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
      <ol className="rules">
        {rules.map((rule, index) => (
          <RuleRow
            key={rule.id}
            rule={rule}
            index={index}
            onOpen={() => setOpen(rule.id)}
            onChange={(next) => set(rules.with(index, next))}
            onCopy={() => set(rules.toSpliced(index + 1, 0, { ...structuredClone(rule), id: freshId(rules), name: t('rule.copy_of', { name: rule.name }) }))}
            onRemove={() => remove(index, rule)}
            onMove={(by) => move(index, by)}
          />
        ))}
      </ol>
      {opened ? <RuleDrawer rule={opened} index={at} onChange={(next) => set(rules.with(at, next))} onClose={() => setOpen(null)} /> : null}
    </section>
  );
}
