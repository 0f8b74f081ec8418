import { useEffect } from 'react';
import { Button, Progress } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { beginWhatIf } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { Verdict } from '../what-if/verdict';

/** What the draft would have changed, shown before it is published; where it was not tried yet, it is tried now. */
export function WhatIfSummary() {
  const t = useText();
  const seen = useQuery(ask.whatIf());
  const { mutate, ...begin } = useMutation({ mutationFn: beginWhatIf, onSuccess: (begun) => queries.setQueryData(ask.whatIf().queryKey, begun) });
  const untried = seen.isFetchedAfterMount && seen.data && !seen.data.progress && !seen.data.is_of_draft && !seen.data.has_failed;
  useEffect(() => {
    if (untried) mutate();
  }, [untried, mutate]);
  const { data } = seen;
  const failed = seen.error ?? begin.error;
  return (
    <section className="section" aria-label={t('what_if.title')} aria-live="polite">
      <h3>{t('what_if.title')}</h3>
      {failed ? <Trouble error={failed} retry={() => mutate()} /> : null}
      {data?.has_failed ? (
        <p className="loss">
          {t('what_if.failed')}{' '}
          <Button size="small" onClick={() => mutate()}>
            {t('what_if.again')}
          </Button>
        </p>
      ) : null}
      {data?.progress ? (
        <>
          <p className="soft">{t('what_if.running', { done: data.progress.members, total: data.progress.members_total, purchases: data.progress.purchases })}</p>
          <Progress
            percent={data.progress.members_total > 0 ? Math.round((data.progress.members * 100) / data.progress.members_total) : 0}
            status="active"
            aria-label={t('what_if.title')}
          />
        </>
      ) : null}
      {data?.result && data.is_of_draft && !data.progress ? (
        data.result.purchases === 0 ? (
          <p className="soft">{t('what_if.no_history')}</p>
        ) : (
          <>
            <Verdict result={data.result} />
            <p>
              <Link to={paths.whatIf()}>{t('what_if.all')}</Link>
            </p>
          </>
        )
      ) : null}
    </section>
  );
}
