import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { WhatIfMonth } from '@danggol/api';
import type { Format } from '../../format';
import { useText, type T } from '../../language';
import { Chart } from '../../parts/chart';
import type { Palette } from '../../theme';

echarts.use([LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

function optionOf(months: WhatIfMonth[], colour: Palette, format: Format, t: T, still: boolean) {
  const label = { color: colour.soft, fontFamily: 'inherit', fontSize: 13 };
  const line = (name: string, data: number[], shade: string, type: 'solid' | 'dashed') => ({
    type: 'line' as const,
    name,
    data,
    showSymbol: months.length < 2,
    lineStyle: { color: shade, width: 3, type },
    itemStyle: { color: shade },
  });
  return {
    animation: !still,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 8, right: 24, top: 44, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: colour.text, fontSize: 14 } },
    tooltip: {
      trigger: 'axis' as const,
      backgroundColor: colour.raised,
      borderColor: colour.line,
      textStyle: { color: colour.text, fontSize: 14 },
      valueFormatter: (value: unknown) => format.number(Number(value)),
    },
    xAxis: {
      type: 'category' as const,
      data: months.map((month) => format.month(month.month ?? '')),
      axisLabel: label,
      axisLine: { lineStyle: { color: colour.lineStrong } },
    },
    yAxis: { type: 'value' as const, axisLabel: { ...label, formatter: (value: number) => format.compact(value) }, splitLine: { lineStyle: { color: colour.line } } },
    series: [
      line(t('what_if.now'), months.map((month) => month.in_force.open), colour.layer3, 'dashed'),
      line(t('what_if.planned'), months.map((month) => month.planned.open), colour.layer1, 'solid'),
    ],
  };
}

/** Points that are open at the end of each month, under the rules that hold and under the draft. */
export function OpenPoints({ months }: { months: WhatIfMonth[] }) {
  const t = useText();
  return <Chart data={months} optionOf={optionOf} label={t('what_if.chart')} className="what-if-chart" />;
}
