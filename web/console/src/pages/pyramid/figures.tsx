import type { Pyramid } from '@danggol/api';
import { useFormat } from '../../format';
import { useText } from '../../language';

/** The figures under the drawing, and what they are shares of. */
export function Figures({ pyramid }: { pyramid: Pyramid }) {
  const t = useText();
  const format = useFormat();
  const sign = format.currencySign;
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t('pyramid.figures')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('pyramid.layer')}</th>
              <th scope="col" className="number">
                {t('pyramid.people')}
              </th>
              <th scope="col" className="number">
                {t('pyramid.people_share')}
              </th>
              <th scope="col" className="number">
                {t('today.amount')} ({sign})
              </th>
              <th scope="col" className="number">
                {t('pyramid.amount_share')}
              </th>
              <th scope="col" className="number">
                {t('pyramid.each')} ({sign})
              </th>
              <th scope="col" className="number">
                {t('pyramid.from_amount')} ({sign})
              </th>
            </tr>
          </thead>
          <tbody>
            {pyramid.layers.map((layer) => (
              <tr key={layer.code}>
                <td>{layer.name}</td>
                <td className="number">{format.number(layer.members)}</td>
                <td className="number">{format.percent(layer.member_share_bp, 1)}</td>
                <td className="number">{format.amount(layer.amount_minor)}</td>
                <td className="number">{format.percent(layer.amount_share_bp, 1)}</td>
                <td className="number">{layer.members > 0 ? format.amount(Math.round(layer.amount_minor / layer.members)) : '–'}</td>
                <td className="number">{layer.lowest_minor != null ? format.amount(layer.lowest_minor) : '–'}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <td>{t('pyramid.all')}</td>
              <td className="number">{format.number(pyramid.buyers)}</td>
              <td className="number">{format.percent(10_000)}</td>
              <td className="number">{format.amount(pyramid.amount_minor)}</td>
              <td className="number">{format.percent(10_000)}</td>
              <td className="number">{pyramid.buyers > 0 ? format.amount(Math.round(pyramid.amount_minor / pyramid.buyers)) : '–'}</td>
              <td />
            </tr>
          </tfoot>
        </table>
      </div>
      <p className="soft small pyramid-how">{t('pyramid.how', { buyers: pyramid.buyers, members: pyramid.members })}</p>
    </>
  );
}
