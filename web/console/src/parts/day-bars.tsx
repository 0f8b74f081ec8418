import { useState } from 'react';
import './day-bars.css';

export interface Bar {
  key: string;
  label: string;
  value: number;
  said: string;
}

const height = 160;
/** A few bars are not drawn as broad as the page. */
const broadest = 56;

/** A row of bars, one a day; the figure of the day under the pointer or focus is said above, and all of them are in the table below. */
export function DayBars({ bars, caption, summary, head }: { bars: Bar[]; caption: string; summary: string; head: [string, string] }) {
  const [at, setAt] = useState<number | null>(null);
  const most = Math.max(1, ...bars.map((bar) => bar.value));
  const shown = at === null ? null : bars[at];
  const first = bars[0];
  const last = bars.at(-1);
  return (
    <figure className="bars">
      <p className="bars-said" aria-hidden="true">
        {shown ? `${shown.label} · ${shown.said}` : caption}
      </p>
      <svg className="bars-drawing" style={{ maxWidth: bars.length * broadest }} viewBox={`0 0 ${bars.length * 20} ${height}`} preserveAspectRatio="none" role="img" aria-label={caption} onPointerLeave={() => setAt(null)}>
        {bars.map((bar, index) => {
          const tall = Math.max((bar.value / most) * (height - 4), bar.value > 0 ? 2 : 0.75);
          return (
            <g key={bar.key} onPointerEnter={() => setAt(index)}>
              <rect x={index * 20} y={0} width={20} height={height} fill="transparent" />
              <rect className={index === at ? 'bar-day bar-day-at' : 'bar-day'} x={index * 20 + 3} y={height - tall} width={14} height={tall} rx={2} />
            </g>
          );
        })}
      </svg>
      <div className="bars-ends faint small" style={{ maxWidth: bars.length * broadest }} aria-hidden="true">
        <span>{first?.label}</span>
        {last === first ? null : <span>{last?.label}</span>}
      </div>
      <details className="figures-table">
        <summary>{summary}</summary>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{head[0]}</th>
              <th scope="col" className="number">
                {head[1]}
              </th>
            </tr>
          </thead>
          <tbody>
            {[...bars].reverse().map((bar) => (
              <tr key={bar.key}>
                <td>{bar.label}</td>
                <td className="number">{bar.said}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
