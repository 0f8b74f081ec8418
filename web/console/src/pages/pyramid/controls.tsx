import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button, DatePicker, InputNumber, Popover, Segmented } from 'antd';
import dayjs from 'dayjs';
import type { Weights } from '@danggol/api';
import { useText } from '../../language';
import { beginning, periodOf, presets, stepped, type Period, type Preset } from './period';

const criteria = ['amount', 'quantity', 'frequency', 'recency'] as const;

interface Props {
  today: string;
  period: Period;
  setPeriod: (period: Period) => void;
  weights: Weights;
  setWeights: (weights: Weights) => void;
}

function WeightsForm({ weights, setWeights }: Pick<Props, 'weights' | 'setWeights'>) {
  const t = useText();
  return (
    <div className="weights">
      <p className="soft small">{t('pyramid.weights_lead')}</p>
      {criteria.map((criterion) => (
        <label key={criterion} className="weights-row">
          <span>{t(`pyramid.weight.${criterion}`)}</span>
          <InputNumber
            min={0}
            max={100}
            precision={0}
            mode="spinner"
            value={weights[criterion]}
            onChange={(value) => {
              const next = { ...weights, [criterion]: value ?? 0 };
              if (criteria.some((one) => next[one] > 0)) setWeights(next);
            }}
          />
        </label>
      ))}
    </div>
  );
}

/** Which days count, and by what the ranking goes. */
export function Controls({ today, period, setPeriod, weights, setWeights }: Props) {
  const t = useText();
  const preset = presets.find((one) => {
    const span = periodOf(one, today);
    return span.from === period.from && span.to === period.to;
  });
  const used = criteria.filter((criterion) => weights[criterion] > 0);
  return (
    <div className="controls">
      <Segmented<Preset | 'own'>
        value={preset ?? 'own'}
        aria-label={t('pyramid.period')}
        options={presets.map((one) => ({ value: one, label: t(`pyramid.preset.${one}`) }))}
        onChange={(value) => {
          if (value !== 'own') setPeriod(periodOf(value, today));
        }}
      />
      <Button icon={<LeftOutlined />} aria-label={t('pyramid.earlier')} title={t('pyramid.earlier')} disabled={stepped(period, -1).from < beginning} onClick={() => setPeriod(stepped(period, -1))} />
      <Button icon={<RightOutlined />} aria-label={t('pyramid.later')} title={t('pyramid.later')} disabled={stepped(period, 1).from > today} onClick={() => setPeriod(stepped(period, 1))} />
      <DatePicker.RangePicker
        allowClear={false}
        aria-label={t('pyramid.period')}
        value={[dayjs(period.from), dayjs(period.to)]}
        maxDate={dayjs(today)}
        onChange={(dates) => {
          if (dates?.[0] && dates[1]) setPeriod({ from: dates[0].format('YYYY-MM-DD'), to: dates[1].format('YYYY-MM-DD') });
        }}
      />
      <Popover trigger="click" placement="bottomRight" content={<WeightsForm weights={weights} setWeights={setWeights} />}>
        <Button>{t('pyramid.ranked_by', { what: used.map((criterion) => t(`pyramid.weight.${criterion}`)).join(' + ') })}</Button>
      </Popover>
    </div>
  );
}
