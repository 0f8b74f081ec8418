import { useEffect, useRef } from 'react';
import * as echarts from 'echarts/core';
import { useFormat, type Format } from '../format';
import { useText, type T } from '../language';
import { useScheme } from '../scheme';
import { palettes, type Palette } from '../theme';

interface Props<Data> {
  data: Data;
  /** What the chart shows of the data. */
  optionOf: (data: Data, colour: Palette, format: Format, t: T, still: boolean) => echarts.EChartsCoreOption;
  /** What it says, to those who do not see it. */
  label: string;
  className: string;
}

/** A chart as wide as its place, drawn again with its data, the language and the scheme. */
export function Chart<Data>({ data, optionOf, label, className }: Props<Data>) {
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
    chart.current?.setOption(optionOf(data, palettes[scheme], format, t, still), true);
  }, [data, optionOf, scheme, format, t, still]);
  return <div ref={place} className={className} role="img" aria-label={label} />;
}
