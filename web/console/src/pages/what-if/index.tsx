import { Button, Progress } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { WhatIf, WhatIfProgress, WhatIfResult } from '@danggol/api';
import { beginWhatIf, cancelWhatIf } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { BenefitTabs } from '../../parts/benefit-tabs';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { OpenPoints } from './chart';
import { Members, Months, Tiers } from './tables';
import { Verdict } from './verdict';
import './what-if.css';

function Running({ progress }: { progress: WhatIfProgress }) {
  const t = useText();
  const stop = useMutation({ mutationFn: cancelWhatIf, onSettled: () => queries.invalidateQueries({ queryKey: ask.whatIf().queryKey }) });
  const { members, members_total: total, purchases } = progress;
  const share = total > 0 ? Math.round((members * 100) / total) : 0;
  return (
    <section className="section wait-line" aria-live="polite">
      <p>{t('what_if.running', { done: members, total, purchases })}</p>
      <Progress percent={share} status="active" aria-label={t('what_if.title')} />
      <p className="soft small">{t('what_if.background')}</p>
      <div>
        <Button onClick={() => stop.mutate()} loading={stop.isPending}>
          {t('what_if.stop')}
        </Button>
      </div>
    </section>
  );
}

function Result({ result, isOfDraft }: { result: WhatIfResult; isOfDraft: boolean }) {
  const t = useText();
  const format = useFormat();
  if (result.purchases === 0) return <Empty title={t('what_if.no_history')}>{t('what_if.no_history_lead')}</Empty>;
  const said = { purchases: result.purchases, members: result.members, date: format.dateTime(result.until), seconds: (result.took_ms / 1000).toFixed(1) };
  return (
    <>
      {isOfDraft ? null : (
        <p className="soft" role="status">
          {t('what_if.stale')}
        </p>
      )}
      <section className="section" aria-label={t('what_if.verdict')}>
        <Verdict result={result} />
      </section>
      <section className="section" aria-label={t('what_if.months')}>
        <h2>{t('what_if.chart')}</h2>
        <OpenPoints months={result.months} />
        <h2>{t('what_if.months')}</h2>
        <Months result={result} />
      </section>
      <Tiers result={result} />
      <Members result={result} />
      <p className="soft small what-if-how">
        {t('what_if.took', said)} {t('what_if.assumes', { n: result.total.planned.owed })}
      </p>
    </>
  );
}

function Body({ seen, hasDraft }: { seen: WhatIf; hasDraft: boolean }) {
  const t = useText();
  const navigate = useNavigate();
  const begin = useMutation({ mutationFn: beginWhatIf, onSuccess: (begun) => queries.setQueryData(ask.whatIf().queryKey, begun) });
  const start = (
    <Button type={seen.result ? 'default' : 'primary'} loading={begin.isPending} onClick={() => begin.mutate()}>
      {t(seen.result ? 'what_if.again' : 'what_if.begin')}
    </Button>
  );
  const toRules = (
    <Button type="primary" onClick={() => void navigate(paths.benefits())}>
      {t('what_if.to_rules')}
    </Button>
  );
  return (
    <>
      {begin.isError ? <Trouble error={begin.error} /> : null}
      {seen.has_failed ? (
        <p className="loss" role="alert">
          {t('what_if.failed')}
        </p>
      ) : null}
      {seen.progress ? <Running progress={seen.progress} /> : null}
      {!seen.progress && !seen.result ? (
        <Empty title={t(hasDraft ? 'what_if.empty' : 'what_if.no_draft')} action={hasDraft ? start : toRules}>
          {t(hasDraft ? 'what_if.empty_lead' : 'what_if.no_draft_lead')}
        </Empty>
      ) : null}
      {seen.result ? (
        <>
          {!seen.progress && hasDraft ? <div>{start}</div> : null}
          <Result result={seen.result} isOfDraft={seen.is_of_draft} />
        </>
      ) : null}
    </>
  );
}

/** The draft of the rules tried on everything that was ever bought, beside the rules that hold. */
export function Component() {
  const t = useText();
  const seen = useQuery(ask.whatIf());
  const programme = useQuery(ask.programme());
  const failed = seen.isError ? seen : programme.isError ? programme : null;
  return (
    <PageFrame title={t('what_if.title')} lead={t('what_if.lead')}>
      <BenefitTabs />
      {failed ? <Trouble error={failed.error} retry={() => void failed.refetch()} /> : null}
      {seen.data && programme.data ? <Body seen={seen.data} hasDraft={programme.data.draft !== null} /> : failed ? null : <Bones lines={8} tall />}
    </PageFrame>
  );
}
