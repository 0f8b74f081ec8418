import { Button, Input } from 'antd';
import { CloseOutlined } from '@ant-design/icons';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { useDraft, useFault, useFaultsUnder } from './draft';

/** How the customer pyramid is cut: each layer's own share; the last takes everyone who is left. */
export function PyramidLayers() {
  const t = useText();
  const format = useFormat();
  const { programme, change } = useDraft();
  const { pyramid } = programme;
  const { layers } = pyramid;
  const faults = useFaultsUnder('pyramid.layers');
  const periodFault = useFault('pyramid.period_days');
  const own = (index: number) => (layers[index]?.share_bp ?? 0) - (layers[index - 1]?.share_bp ?? 0);

  /** Cuts are kept as cumulative shares; changing one layer's own share moves all below it, and the last one ends at everyone. */
  const setOwn = (index: number, basisPoints: number) => {
    const owns = layers.map((_, at) => (at === index ? basisPoints : own(at)));
    let sum = 0;
    const next = layers.map((layer, at) => {
      sum = Math.min(sum + (owns[at] ?? 0), 10_000);
      return { ...layer, share_bp: at === layers.length - 1 ? 10_000 : sum };
    });
    change({ ...programme, pyramid: { ...pyramid, layers: next } });
  };
  const setLayers = (next: typeof layers) => change({ ...programme, pyramid: { ...pyramid, layers: next.map((layer, at) => (at === next.length - 1 ? { ...layer, share_bp: 10_000 } : layer)) } });
  const add = () => {
    const last = layers.at(-1);
    const before = layers.at(-2)?.share_bp ?? 0;
    const middle = Math.round((before + 10_000) / 2);
    if (last) setLayers([...layers.slice(0, -1), { code: `layer-${layers.length + 1}`, name: '', share_bp: middle }, last]);
  };
  return (
    <section className="section" aria-labelledby="layers">
      <div className="section-head">
        <div>
          <h2 id="layers">{t('layers.title')}</h2>
          <p className="soft small">{t('layers.lead')}</p>
        </div>
        <Button onClick={add} disabled={layers.length === 0 || layers.length >= 8}>
          {t('layers.add')}
        </Button>
      </div>
      <ol className="levels">
        {layers.map((layer, index) => {
          const lowest = index === layers.length - 1;
          return (
            <li key={layer.code} className="layer">
              <Field label={t('ladder.name')}>{(control) => <Input {...control} value={layer.name} onChange={(event) => setLayers(layers.with(index, { ...layer, name: event.target.value }))} />}</Field>
              <Field label={t('layers.share')}>
                {(control) =>
                  lowest ? <Input {...control} readOnly value={t('layers.rest', { share: format.percent(own(index), 2) })} /> : <CountField {...control} min={1} max={99} unit="%" value={Math.round(own(index) / 100)} onChange={(percent) => setOwn(index, (percent ?? 1) * 100)} />
                }
              </Field>
              {lowest || layers.length < 3 ? <span /> : <Button type="text" className="level-remove" icon={<CloseOutlined />} aria-label={t('ladder.remove_of', { name: layer.name || layer.code })} onClick={() => setLayers(layers.toSpliced(index, 1))} />}
            </li>
          );
        })}
      </ol>
      {faults.map((fault) => (
        <p key={`${fault.path}-${fault.code}`} className="field-fault" role="alert">
          {fault.text}
        </p>
      ))}
      <div className="form form-two">
        <Field label={t('layers.period')} error={periodFault}>
          {(control) => <CountField {...control} min={1} max={36_500} unit={t('unit.days')} value={pyramid.period_days} onChange={(days) => change({ ...programme, pyramid: { ...pyramid, period_days: days ?? 1 } })} />}
        </Field>
      </div>
    </section>
  );
}
