import { Button } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Import } from '@danggol/api';
import { cancelImport } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Figure } from '../../parts/figure';
import { Trouble } from '../../parts/trouble';

/** How far, how fast and how much longer; it goes on when the page is left. */
export function Progress({ file }: { file: Import }) {
  const t = useText();
  const format = useFormat();
  const { progress } = file;
  const share = progress.rows_total ? progress.rows_read / progress.rows_total : progress.bytes_total ? progress.bytes_read / progress.bytes_total : 0;
  const percent = Math.min(Math.floor(share * 100), 100);
  const cancel = useMutation({ mutationFn: () => cancelImport(file.id), onSuccess: (stopped) => queries.setQueryData(ask.importOf(file.id).queryKey, stopped) });
  const left = progress.seconds_left;
  return (
    <section className="progress" aria-label={t('import.running')}>
      <div className="section-head">
        <h2>
          {t('import.running')} {format.percent(percent * 100)}
        </h2>
        <Button loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {t('import.cancel')}
        </Button>
      </div>
      <div className="progress-track" role="progressbar" aria-label={t('import.running')} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent}>
        <div className="progress-done" style={{ width: `${share * 100}%` }} />
      </div>
      <p className="soft">
        {[
          progress.rows_total ? t('import.rows_of', { n: progress.rows_read, total: progress.rows_total }) : t('import.rows', { n: progress.rows_read }),
          t('import.rate', { n: Math.round(progress.rows_per_second) }),
          left == null ? null : left < 90 ? t('import.seconds_left', { n: Math.ceil(left) }) : t('import.minutes_left', { n: Math.ceil(left / 60) }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <div className="figures">
        <Figure label={t('import.imported')} value={format.number(progress.imported)} />
        <Figure label={t('import.unchanged')} value={format.number(progress.unchanged)} />
        <Figure label={t('import.refused')} value={format.number(progress.refused)} />
      </div>
      <p className="faint small">{t('import.background')}</p>
      {cancel.isError ? <Trouble error={cancel.error} /> : null}
    </section>
  );
}
