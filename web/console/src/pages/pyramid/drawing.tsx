import type { Pyramid } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { slices } from './shape';

const width = 300;
const row = 84;
const gap = 6;

/** The pyramid: how many people are in each layer, and beside it how much of the sales they bring. Each layer opens its members. */
export function Drawing({ pyramid, chosen, choose }: { pyramid: Pyramid; chosen: string | null; choose: (layer: string) => void }) {
  const t = useText();
  const format = useFormat();
  const height = pyramid.layers.length * row - gap;
  const shapes = slices(pyramid.layers.length, width, height, gap);
  const most = Math.max(1, ...pyramid.layers.map((layer) => layer.amount_share_bp));
  return (
    <div className="drawing">
      <svg className="drawing-shape" viewBox={`0 0 ${width} ${height}`} style={{ height }} preserveAspectRatio="none" aria-hidden="true">
        {shapes.map((shape, index) => {
          const layer = pyramid.layers[index];
          if (!layer) return null;
          const colour = Math.min(index, 3) + 1;
          return (
            <g key={layer.code} className="drawing-slice" data-chosen={layer.code === chosen} onClick={() => choose(layer.code)}>
              <polygon points={shape.points.map((point) => point.join(',')).join(' ')} fill={`var(--layer-${colour})`} />
              {index > 0 ? (
                <text x={width / 2} y={shape.middle} textAnchor="middle" dominantBaseline="central" fill={`var(--layer-${colour}-text)`}>
                  {format.compact(layer.members)}
                </text>
              ) : null}
            </g>
          );
        })}
      </svg>
      <ol className="drawing-rows">
        {pyramid.layers.map((layer, index) => (
          <li key={layer.code}>
            <button type="button" className="drawing-row" aria-pressed={layer.code === chosen} onClick={() => choose(layer.code)}>
              <span className="drawing-words">
                <strong>{layer.name}</strong>
                <span className="soft small">{t('pyramid.layer_people', { n: layer.members, share: format.percent(layer.member_share_bp, 1) })}</span>
              </span>
              <span className="drawing-bar" aria-hidden="true">
                <span style={{ width: `${(layer.amount_share_bp / most) * 100}%`, background: `var(--layer-${Math.min(index, 3) + 1})` }} />
              </span>
              <span className="drawing-share">
                <strong>{format.percent(layer.amount_share_bp, 1)}</strong>
                <span className="soft small">{format.moneyCompact(layer.amount_minor)}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
