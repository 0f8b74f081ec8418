import { Button, Input, Select } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import type { Level, TierWindow } from '@danggol/api';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { MoneyField } from '../../parts/money-field';
import { useDraft, useFault, useFaultsUnder } from './draft';

type WindowKind = 'rolling' | 'year' | 'half' | 'quarter';
const windows: WindowKind[] = ['rolling', 'year', 'half', 'quarter'];

function windowKind(window: TierWindow): WindowKind {
  return window.kind === 'rolling' ? 'rolling' : window.unit;
}

function freshCode(levels: Level[]): string {
  for (let number = levels.length + 1; ; number += 1) {
    const code = `tier-${number}`;
    if (!levels.some((level) => level.code === code)) return code;
  }
}

function LevelRow({ level, index, onChange, onRemove }: { level: Level; index: number; onChange: (level: Level) => void; onRemove: () => void }) {
  const t = useText();
  const { layers } = useDraft().programme.pyramid;
  const faults = useFaultsUnder(`tiers.levels.${index}`);
  const name = level.name || level.code;
  return (
    <li className="level">
      <Field label={t('ladder.name')}>{(control) => <Input {...control} value={level.name} onChange={(event) => onChange({ ...level, name: event.target.value })} />}</Field>
      <Field label={t('ladder.spend')}>{(control) => <MoneyField {...control} value={level.spend_minor ?? null} onChange={(spend_minor) => onChange({ ...level, spend_minor })} />}</Field>
      <Field label={t('ladder.points')}>{(control) => <CountField {...control} value={level.points} onChange={(points) => onChange({ ...level, points })} />}</Field>
      <Field label={t('ladder.visits')}>{(control) => <CountField {...control} value={level.visits} onChange={(visits) => onChange({ ...level, visits })} />}</Field>
      <Field label={t('ladder.layer')}>
        {({ status: _status, ...control }) => (
          <Select
            {...control}
            allowClear
            placeholder={t('ladder.no_layer')}
            value={level.layer}
            options={layers.map((layer) => ({ value: layer.code, label: layer.name || layer.code }))}
            onChange={(layer: string | undefined) => onChange({ ...level, layer: layer ?? null })}
          />
        )}
      </Field>
      <Button type="text" className="level-remove" icon={<CloseOutlined />} aria-label={t('ladder.remove_of', { name })} onClick={onRemove} />
      {faults.map((fault) => (
        <p key={`${fault.path}-${fault.code}`} className="field-fault level-fault" role="alert">
          {fault.text}
        </p>
      ))}
    </li>
  );
}

/** The tiers from the lowest up: what reaches each, over which time, and how long it is kept. */
export function TierLadder() {
  const t = useText();
  const { programme, change } = useDraft();
  const { tiers } = programme;
  const set = (part: Partial<typeof tiers>) => change({ ...programme, tiers: { ...tiers, ...part } });
  const fault = { window: useFault('tiers.window'), keep: useFault('tiers.keep_days'), grace: useFault('tiers.grace_days'), levels: useFault('tiers.levels') };
  const kind = windowKind(tiers.window);
  return (
    <section className="section" aria-labelledby="ladder">
      <div className="section-head">
        <div>
          <h2 id="ladder">{t('ladder.title')}</h2>
          <p className="soft small">{t('ladder.lead')}</p>
        </div>
        <Button onClick={() => set({ levels: [...tiers.levels, { code: freshCode(tiers.levels), name: '', spend_minor: null, points: null, visits: null, layer: null }] })}>{t('ladder.add')}</Button>
      </div>
      {tiers.levels.length === 0 ? <p className="soft">{t('ladder.none')}</p> : null}
      <ol className="levels">
        {tiers.levels.map((level, index) => (
          <LevelRow key={level.code} level={level} index={index} onChange={(next) => set({ levels: tiers.levels.with(index, next) })} onRemove={() => set({ levels: tiers.levels.toSpliced(index, 1) })} />
        ))}
      </ol>
      {fault.levels ? (
        <p className="field-fault" role="alert">
          {fault.levels}
        </p>
      ) : null}
      {tiers.levels.length > 0 ? (
        <div className="form form-two">
          <Field label={t('ladder.window')} error={fault.window}>
            {({ status: _status, ...control }) => (
              <Select
                {...control}
                value={kind}
                options={windows.map((value) => ({ value, label: t(`ladder.window.${value}`) }))}
                onChange={(next: WindowKind) => set({ window: next === 'rolling' ? { kind: 'rolling', days: 365 } : { kind: 'calendar', unit: next } })}
              />
            )}
          </Field>
          {tiers.window.kind === 'rolling' ? (
            <Field label={t('ladder.window_days')}>
              {(control) => <CountField {...control} min={1} max={1_100} unit={t('unit.days')} value={tiers.window.kind === 'rolling' ? tiers.window.days : null} onChange={(days) => set({ window: { kind: 'rolling', days: days ?? 1 } })} />}
            </Field>
          ) : (
            <span />
          )}
          <Field label={t('ladder.keep')} hint={t('ladder.keep_hint')} error={fault.keep}>
            {(control) => <CountField {...control} max={3_650} unit={t('unit.days')} value={tiers.keep_days} onChange={(days) => set({ keep_days: days ?? 0 })} />}
          </Field>
          <Field label={t('ladder.grace')} hint={t('ladder.grace_hint')} error={fault.grace}>
            {(control) => <CountField {...control} max={3_650} unit={t('unit.days')} value={tiers.grace_days} onChange={(days) => set({ grace_days: days ?? 0 })} />}
          </Field>
        </div>
      ) : null}
    </section>
  );
}
