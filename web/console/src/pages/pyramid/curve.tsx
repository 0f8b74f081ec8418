import { useEffect, useRef } from 'react';
import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { Pyramid } from '@danggol/api';
import { useFormat, type Format } from '../../format';
import { useText, type T } from '../../language';
import { useScheme } from '../../scheme';
import { palettes, type Palette } from '../../theme';

echarts.use([LineChart, GridComponent, TooltipComponent, MarkLineComponent, CanvasRenderer]);

function optionOf(pyramid: Pyramid, colour: Palette, format: Format, t: T, still: boolean) {
  const percent = (value: number) => format.percent(value * 100);
  const axis = {
    type: 'value' as const,
    min: 0,
    max: 100,
    interval: 20,
    axisLabel: { formatter: percent, color: colour.soft, fontFamily: 'inherit', fontSize: 13 },
    nameTextStyle: { color: colour.soft, fontFamily: 'inherit', fontSize: 13 },
    splitLine: { lineStyle: { color: colour.line } },
    axisLine: { lineStyle: { color: colour.lineStrong } },
  };
  return {
    animation: !still,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 56, right: 24, top: 36, bottom: 56 },
    tooltip: {
      trigger: 'axis' as const,
      backgroundColor: colour.raised,
      borderColor: colour.line,
      textStyle: { color: colour.text, fontSize: 14 },
      formatter: (points: unknown) => {
        const point = (points as { data: [number, number] }[])[0];
        return point ? t('pyramid.curve_point', { members: percent(point.data[0]), amount: percent(point.data[1]) }) : '';
      },
    },
    xAxis: { ...axis, name: t('pyramid.axis_members'), nameLocation: 'middle' as const, nameGap: 36 },
    yAxis: axis,
    series: [
      {
        type: 'line' as const,
        data: pyramid.curve.map((point) => [point.members_bp / 100, point.amount_bp / 100]),
        showSymbol: false,
        lineStyle: { color: colour.layer2, width: 3 },
        itemStyle: { color: colour.layer2 },
        areaStyle: { color: colour.layer2, opacity: 0.12 },
        markLine: {
          silent: true,
          symbol: 'none',
          lineStyle: { color: colour.lineStrong, type: 'dashed' as const },
          label: { formatter: `20% → ${format.percent(pyramid.top20_amount_bp)}`, color: colour.text, fontSize: 14, position: 'end' as const },
          data: [{ xAxis: 20 }],
        },
      },
      {
        type: 'line' as const,
        silent: true,
        data: [
          [0, 0],
          [100, 100],
        ],
        showSymbol: false,
        lineStyle: { color: colour.lineStrong, width: 1, type: 'dotted' as const },
        tooltip: { show: false },
      },
    ],
  };
}

/** The Lorenz curve read from the top: what share of buyers, the largest first, brings what share of sales. */
export function Curve({ pyramid }: { pyramid: Pyramid }) {
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
    chart.current?.setOption(optionOf(pyramid, palettes[scheme], format, t, still), true);
  }, [pyramid, scheme, format, t, still]);
  return <div ref={place} className="curve" role="img" aria-label={t('pyramid.curve_said', { amount: format.percent(pyramid.top20_amount_bp) })} />;
}
