import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { Pyramid } from '@danggol/api';
import { useFormat, type Format } from '../../format';
import { useText, type T } from '../../language';
import { Chart } from '../../parts/chart';
import type { Palette } from '../../theme';

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
  const label = t('pyramid.curve_said', { amount: format.percent(pyramid.top20_amount_bp) });
  return <Chart data={pyramid} optionOf={optionOf} label={label} className="curve" />;
}
