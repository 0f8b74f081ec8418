import { Button } from 'antd';
import { useNavigate } from 'react-router';
import type { Import } from '@danggol/api';
import { rejectsAddress } from '../../data/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Figure } from '../../parts/figure';
import { paths } from '../../paths';

function seconds(file: Import): number | null {
  if (!file.started_at || !file.finished_at) return null;
  return Math.max(1, Math.round((Date.parse(file.finished_at) - Date.parse(file.started_at)) / 1000));
}

function outcomeOf({ status, progress }: Import): 'done' | 'failed' | 'cancelled' | 'nothing' {
  if (status === 'failed' || status === 'cancelled') return status;
  return progress.refused > 0 && progress.imported + progress.unchanged === 0 ? 'nothing' : 'done';
}

const nextPage = { members: paths.members, products: paths.counter, purchases: paths.pyramid };

/** What came of the file, and for each kind of refused row what to mend. */
export function Outcome({ file }: { file: Import }) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const { progress } = file;
  const took = seconds(file);
  return (
    <>
      <section className="section" aria-label={t('import.outcome')}>
        <div role="status">
          <h2>{t(`import.outcome.${outcomeOf(file)}`)}</h2>
        </div>
        {file.error ? <p className="trouble">{file.error}</p> : null}
        <div className="figures">
          <Figure large label={t('import.imported')} value={format.number(progress.imported)} note={took ? t('import.took', { n: took }) : undefined} />
          <Figure large label={t('import.unchanged')} value={format.number(progress.unchanged)} note={t('import.unchanged_lead')} />
          <Figure large label={t('import.refused')} value={format.number(progress.refused)} />
        </div>
      </section>
      {progress.refused > 0 ? (
        <section className="section" aria-labelledby="refused">
          <div className="section-head">
            <h2 id="refused">{t('import.reasons')}</h2>
            <Button href={rejectsAddress(file.id)} download>
              {t('import.rejects')}
            </Button>
          </div>
          <p className="soft">{t('import.reasons_lead')}</p>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('import.reason')}</th>
                <th scope="col" className="number">
                  {t('import.reason_rows')}
                </th>
              </tr>
            </thead>
            <tbody>
              {file.reasons.map((reason) => (
                <tr key={reason.code}>
                  <td>{reason.text}</td>
                  <td className="number">{format.number(reason.rows)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
      <div className="inline">
        {file.status === 'done' ? (
          <Button type="primary" onClick={() => void navigate(nextPage[file.kind]())}>
            {t(`import.next.${file.kind}`)}
          </Button>
        ) : null}
        <Button onClick={() => void navigate(paths.imports())}>{t('import.another')}</Button>
      </div>
    </>
  );
}
