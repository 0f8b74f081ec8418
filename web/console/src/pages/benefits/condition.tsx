import { createContext, useContext, useMemo } from 'react';
import { Button, Checkbox, Segmented, Select } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { Attribute, Condition, EventMeasure, Operator } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';
import { operatorWord } from '../../text/names';
import { useFaultsUnder } from './draft';
import { ConsentRow, CustomRow, HappenedRow, SegmentRow, freshHappened } from './happened';
import { comparison, conditionOfRoot, rootOf, withOperator, type Group, type Leaf, type Part } from './tree';
import { ValueField } from './value';

const deepest = 3;
const AttributesContext = createContext<Attribute[]>([]);

/** What a condition on members can ask beside attributes; nothing in the conditions of rules. */
export interface Beyond {
  measures: EventMeasure[];
  segments: { value: string; label: string }[];
}
const BeyondContext = createContext<Beyond | null>(null);

function LeafRow({ leaf, onChange, onRemove }: { leaf: Leaf; onChange: (leaf: Leaf) => void; onRemove: () => void }) {
  const t = useText();
  const attributes = useContext(AttributesContext);
  const attribute = attributes.find((one) => one.name === leaf.test.attribute);
  const options = useMemo(
    () =>
      (['purchase', 'line', 'member', 'standing'] as const)
        .map((of) => ({ label: t(`condition.of.${of}`), options: attributes.filter((one) => one.of === of).map((one) => ({ value: one.name, label: one.label })) }))
        .filter((group) => group.options.length > 0),
    [attributes, t],
  );
  return (
    <div className="leaf">
      <Select
        className="leaf-attribute"
        showSearch={{ optionFilterProp: 'label' }}
        aria-label={t('condition.attribute')}
        value={leaf.test.attribute}
        options={options}
        popupMatchSelectWidth={false}
        onChange={(name: string) => {
          const next = attributes.find((one) => one.name === name);
          if (next) onChange({ ...leaf, test: comparison(next, next.operators[0] ?? 'is') });
        }}
      />
      {attribute ? (
        <>
          <Select
            className="leaf-operator"
            aria-label={t('condition.operator')}
            value={leaf.test.op}
            options={attribute.operators.map((op) => ({ value: op, label: t(operatorWord(op, attribute.type)) }))}
            popupMatchSelectWidth={false}
            onChange={(op: Operator) => onChange({ ...leaf, test: withOperator(leaf.test, attribute, op) })}
          />
          <ValueField attribute={attribute} test={leaf.test} onChange={(value) => onChange({ ...leaf, test: { ...leaf.test, value } })} />
        </>
      ) : (
        <span className="loss small">{leaf.test.attribute}</span>
      )}
      <Checkbox checked={leaf.not} onChange={(event) => onChange({ ...leaf, not: event.target.checked })}>
        {t('condition.not')}
      </Checkbox>
      <Button type="text" icon={<CloseOutlined />} aria-label={t('condition.remove')} onClick={onRemove} />
    </div>
  );
}

function GroupBox({ group, depth, onChange, onRemove }: { group: Group; depth: number; onChange: (group: Group) => void; onRemove?: () => void }) {
  const t = useText();
  const attributes = useContext(AttributesContext);
  const beyond = useContext(BeyondContext);
  const first = attributes[0];
  const add = (part: Part) => onChange({ ...group, parts: [...group.parts, part] });
  const setPart = (index: number, part: Part) => onChange({ ...group, parts: group.parts.with(index, part) });
  const removePart = (index: number) => onChange({ ...group, parts: group.parts.toSpliced(index, 1) });
  const fresh = (): Leaf[] => (first ? [{ kind: 'leaf', not: false, test: comparison(first, first.operators[0] ?? 'is') }] : []);
  return (
    <div className={depth > 0 ? 'group group-inner' : 'group'}>
      {group.parts.length > 1 || depth > 0 ? (
        <div className="inline">
          <Segmented<Group['join']>
            size="small"
            value={group.join}
            aria-label={t('condition.join')}
            options={[
              { value: 'all', label: t('condition.all') },
              { value: 'any', label: t('condition.any') },
            ]}
            onChange={(join) => onChange({ ...group, join })}
          />
          {depth > 0 || group.not ? (
            <Checkbox checked={group.not} onChange={(event) => onChange({ ...group, not: event.target.checked })}>
              {t('condition.not')}
            </Checkbox>
          ) : null}
          {onRemove ? <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t('condition.remove_group')} onClick={onRemove} /> : null}
        </div>
      ) : null}
      {group.parts.map((part, index) => {
        const rest = { onChange: (next: Part) => setPart(index, next), onRemove: () => removePart(index) };
        switch (part.kind) {
          case 'leaf':
            return <LeafRow key={index} leaf={part} {...rest} />;
          case 'group':
            return <GroupBox key={index} group={part} depth={depth + 1} {...rest} />;
          case 'happened':
            return <HappenedRow key={index} part={part} measures={beyond?.measures ?? []} {...rest} />;
          case 'segment':
            return <SegmentRow key={index} part={part} segments={beyond?.segments ?? []} {...rest} />;
          case 'consent':
            return <ConsentRow key={index} part={part} {...rest} />;
          case 'custom':
            return <CustomRow key={index} part={part} {...rest} />;
        }
      })}
      <div className="inline">
        <Button size="small" disabled={!first} onClick={() => onChange({ ...group, parts: [...group.parts, ...fresh()] })}>
          {t('condition.add')}
        </Button>
        {beyond ? (
          <>
            <Button size="small" onClick={() => add(freshHappened())}>
              {t('condition.add_happened')}
            </Button>
            {beyond.segments[0] ? (
              <Button size="small" onClick={() => add({ kind: 'segment', not: false, test: { segment: beyond.segments[0]?.value ?? '' } })}>
                {t('condition.add_segment')}
              </Button>
            ) : null}
            <Button size="small" onClick={() => add({ kind: 'consent', not: false, test: { consent: 'advertising', channel: 'sms', op: 'is', value: 'given' } })}>
              {t('condition.add_consent')}
            </Button>
            <Button size="small" onClick={() => add({ kind: 'custom', not: false, test: { custom: '', op: 'is', value: '' } })}>
              {t('condition.add_custom')}
            </Button>
          </>
        ) : null}
        {depth < deepest - 1 && group.parts.length > 0 ? (
          <Button size="small" type="text" disabled={!first} onClick={() => onChange({ ...group, parts: [...group.parts, { kind: 'group', join: 'any', not: false, parts: fresh() }] })}>
            {t('condition.add_group')}
          </Button>
        ) : null}
      </div>
    </div>
  );
}

/** A condition as a tree of rows, over attributes of these kinds. */
export function ConditionTree({ of, beyond, value, onChange }: { of: Attribute['of'][]; beyond?: Beyond; value: Condition | null; onChange: (condition: Condition | null) => void }) {
  const attributes = useQuery(ask.attributes());
  const usable = useMemo(() => (attributes.data?.items ?? []).filter((one) => of.includes(one.of)), [attributes.data, of.join()]);
  return (
    <>
      {attributes.isPending ? <Bones lines={2} /> : null}
      {attributes.isError ? <Trouble error={attributes.error} retry={() => void attributes.refetch()} /> : null}
      <BeyondContext value={beyond ?? null}>
        <AttributesContext value={usable}>
          <GroupBox group={rootOf(value)} depth={0} onChange={(next) => onChange(conditionOfRoot(next))} />
        </AttributesContext>
      </BeyondContext>
    </>
  );
}

interface Props {
  title: string;
  /** What no condition means here. */
  empty: string;
  path: string;
  of: Attribute['of'][];
  value: Condition | null;
  onChange: (condition: Condition | null) => void;
}

/** Builds a condition from the attributes that the server knows. */
export function ConditionField({ title, empty, path, of, value, onChange }: Props) {
  const faults = useFaultsUnder(path);
  return (
    <section className="section" aria-label={title}>
      <h3>{title}</h3>
      {value ? null : <p className="soft">{empty}</p>}
      <ConditionTree of={of} value={value} onChange={onChange} />
      {faults.map((fault) => (
        <p key={`${fault.path}-${fault.code}`} className="field-fault" role="alert">
          {fault.text}
        </p>
      ))}
    </section>
  );
}
