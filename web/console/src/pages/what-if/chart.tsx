import { useEffect, useRef } from 'react';
import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { WhatIfMonth } from '@danggol/api';
import { useFormat, type Format } from '../../format';
import { useText, type T } from '../../language';
import { useScheme } from '../../scheme';
import { palettes, type Palette } from '../../theme';

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
export function Chart({ months }: { months: WhatIfMonth[] }) {
  const t = useText();
  const format = useFormat();
  const { scheme, still } = useScheme();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = echarts.init(element);
    chart.current = made;
    const watcher = new ResizeObserver(() => made.resize());
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(optionOf(months, palettes[scheme], format, t, still), true);
  }, [months, scheme, format, t, still]);
  return <div ref={place} className="what-if-chart" role="img" aria-label={t('what_if.chart')} />;
}
