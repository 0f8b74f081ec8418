import { useEffect, useRef } from 'react';
import { HeatmapChart } from 'echarts/charts';
import { CalendarComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { Portrait } from '@danggol/api';
import { useFormat } from '../../format';
import { useLanguage } from '../../language';
import { useScheme } from '../../scheme';
import { palettes } from '../../theme';

echarts.use([HeatmapChart, CalendarComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

const dayMs = 86_400_000;
const weeks = 53;
const cell = 13;

const iso = (at: number) => new Date(at).toISOString().slice(0, 10);

/** Of the days with a purchase, the share that lies under the darkest colour: one great day does not make the others pale. */
const under = 0.9;

/** From how much on a day is drawn in the darkest colour. */
function darkest(days: Portrait['days']): number {
  const amounts = days.map((day) => day.amount_minor).sort((one, other) => one - other);
  return Math.max(1, amounts[Math.floor((amounts.length - 1) * under)] ?? 1);
}

/** The last year as a calendar: the more she bought on a day, the darker. A tap on a day opens her purchases. */
export function Rhythm({ days, onDay }: { days: Portrait['days']; onDay: (day: string) => void }) {
  const { t, language } = useLanguage();
  const format = useFormat();
  const { scheme } = useScheme();
  const holder = useRef<HTMLDivElement>(null);
  const opened = useRef(onDay);
  opened.current = onDay;
  useEffect(() => {
    if (!holder.current) return;
    const colour = palettes[scheme];
    const chart = echarts.init(holder.current);
    const now = Date.now();
    const month = new Intl.DateTimeFormat(language, { month: 'short', timeZone: 'UTC' });
    const weekday = new Intl.DateTimeFormat(language, { weekday: 'narrow', timeZone: 'UTC' });
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      tooltip: {
        backgroundColor: colour.raised,
        borderColor: colour.line,
        textStyle: { color: colour.text, fontSize: 14 },
        formatter: (point: unknown) => {
          const [date, amount] = (point as { data: [string, number] }).data;
          return t('portrait.day', { date: format.date(date), amount: format.money(amount) });
        },
      },
      visualMap: { show: false, min: 0, max: darkest(days), inRange: { color: [colour.accentLine, colour.accent] } },
      calendar: {
        top: 24,
        left: 28,
        cellSize: [cell, cell],
        range: [iso(now - (weeks * 7 - 1) * dayMs), iso(now)],
        splitLine: { show: false },
        itemStyle: { color: colour.canvas, borderColor: colour.ground, borderWidth: 2 },
        yearLabel: { show: false },
        monthLabel: { color: colour.soft, nameMap: Array.from({ length: 12 }, (_, index) => month.format(new Date(Date.UTC(2026, index, 1)))) },
        dayLabel: { firstDay: 1, color: colour.soft, nameMap: Array.from({ length: 7 }, (_, index) => (index % 2 === 1 ? weekday.format(new Date(Date.UTC(2026, 1, 1 + index))) : '')) },
      },
      series: [{ type: 'heatmap', coordinateSystem: 'calendar', data: days.map((day) => [day.day, Math.max(0, day.amount_minor)]) }],
    });
    // What is newest is what is looked for.
    const frame = holder.current.parentElement;
    if (frame) frame.scrollLeft = frame.scrollWidth;
    chart.on('click', (point) => opened.current((point as unknown as { data: [string, number] }).data[0]));
    return () => chart.dispose();
  }, [days, scheme, language, format, t]);
  return (
    <div className="scroll-x" tabIndex={0} role="region" aria-label={t('portrait.rhythm_said')}>
      <div className="rhythm" ref={holder} role="img" aria-label={t('portrait.rhythm_said')} style={{ width: weeks * cell + 36 }} />
    </div>
  );
}
