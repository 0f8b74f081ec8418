import { Drawer } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Entry } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { entryText } from '../../text/names';
import './why.css';

/** What a reader asks of a figure. */
export type Question = { kind: 'balance' } | { kind: 'growth' } | { kind: 'tier' } | { kind: 'entry'; entry: Entry };

function EntryHead({ entry }: { entry: Entry }) {
  const t = useText();
  const format = useFormat();
  return (
    <div className="why-entry-head">
      <span>
        <strong>{t(entryText[entry.kind])}</strong> <span className="faint small">{format.dateTime(entry.occurred_at)}</span>
      </span>
      <span className={entry.points < 0 ? 'number loss' : 'number gain'}>{entry.points === 0 ? '' : format.signed(entry.points)}</span>
    </div>
  );
}

/** The sentences of an entry: each rule that spoke, a reason given by a person, a change of tier. */
export function useEntrySentences(entry: Entry): string[] {
  const t = useText();
  const said = entry.why.map((why) => why.text);
  if (entry.reason) said.push(t('why.reason', { reason: entry.reason }));
  if (entry.tier_change) said.push(entry.tier_change.text);
  return [...new Set(said)];
}

function EntrySentences({ entry }: { entry: Entry }) {
  return useEntrySentences(entry).map((sentence) => (
    <p key={sentence} className="why-sentence">
      {sentence}
    </p>
  ));
}

function EntryWhy({ entry }: { entry: Entry }) {
  const t = useText();
  const format = useFormat();
  const facts: [string, React.ReactNode][] = [
    [t('why.when'), format.dateTime(entry.occurred_at)],
    [t('why.posted'), entry.posted_at !== entry.occurred_at ? format.dateTime(entry.posted_at) : null],
    [t('why.who'), entry.actor.name ?? t(`actor.${entry.actor.kind}`)],
    [t('why.number'), entry.external_no ?? null],
    [t('why.amount'), entry.amount_minor != null ? format.money(entry.amount_minor) : null],
    [t('why.programme'), entry.programme_version != null ? t('why.version', { n: entry.programme_version }) : null],
    [t('why.other'), entry.other ? <Link to={paths.member(entry.other.id)}>{entry.other.name ?? t('member.nameless')}</Link> : null],
    [t('why.after'), entry.balance_after != null ? t('unit.points', { n: entry.balance_after }) : null],
  ];
  return (
    <div className="why">
      <p className={entry.points < 0 ? 'why-figure loss' : 'why-figure'}>{entry.points !== 0 ? `${format.signed(entry.points)} ${t('points.name')}` : t(entryText[entry.kind])}</p>
      <EntrySentences entry={entry} />
      <dl className="facts">
        {facts.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
      <p className="faint small">{t('why.frozen')}</p>
    </div>
  );
}

function BalanceWhy({ id, asset }: { id: string; asset: 'points' | 'growth' }) {
  const t = useText();
  const format = useFormat();
  const why = useQuery(ask.balanceWhy(id, asset));
  if (why.isPending) return <Bones lines={6} tall />;
  if (why.isError) return <Trouble error={why.error} retry={() => void why.refetch()} />;
  return (
    <div className="why">
      <p className="why-figure">{format.number(why.data.purse.balance)}</p>
      <p className="why-lead">{why.data.sentence}</p>
      <h3>{t('why.steps')}</h3>
      <ol className="why-steps">
        {why.data.steps.map((entry) => (
          <li key={entry.id}>
            <EntryHead entry={entry} />
            <EntrySentences entry={entry} />
          </li>
        ))}
      </ol>
      {why.data.more ? <Link to={paths.member(id)}>{t('why.more')}</Link> : null}
    </div>
  );
}

function TierWhy({ id }: { id: string }) {
  const t = useText();
  const format = useFormat();
  const why = useQuery(ask.tierWhy(id));
  if (why.isPending) return <Bones lines={5} tall />;
  if (why.isError) return <Trouble error={why.error} retry={() => void why.refetch()} />;
  return (
    <div className="why">
      <p className="why-figure">{why.data.standing.tier?.name ?? t('tier.none')}</p>
      <p className="why-lead">{why.data.sentence}</p>
      <p className="soft small">{t('why.window', { from: format.date(why.data.window.from), to: format.date(why.data.window.to) })}</p>
      <ul className="why-measures">
        {why.data.measures.map((measure) => (
          <li key={measure.measure}>
            <span>{measure.text}</span>
            {measure.needed ? (
              <div className="way" aria-hidden="true">
                <div className="way-done" style={{ width: `${Math.min(measure.reached / measure.needed, 1) * 100}%` }} />
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {why.data.ranking.map((sentence) => (
        <p key={sentence} className="why-sentence">
          {sentence}
        </p>
      ))}
      {why.data.steps.length > 0 ? <h3>{t('why.steps')}</h3> : null}
      <ol className="why-steps">
        {why.data.steps.map((step, index) => (
          <li key={`${step.at}-${index}`}>
            <span className="faint small">{format.date(step.at)}</span>
            <p className="why-sentence">{step.text}</p>
          </li>
        ))}
      </ol>
      <Link to={paths.member(id, 'purchases')}>{t('why.to_purchases')}</Link>
    </div>
  );
}

function titleOf(question: Question): 'why.title.balance' | 'why.title.growth' | 'why.title.tier' | 'why.title.entry' {
  return `why.title.${question.kind}`;
}

/** The answer to “why?”, beside the page that asked. */
export function WhyDrawer({ id, question, onClose }: { id: string; question: Question | null; onClose: () => void }) {
  const t = useText();
  return (
    <Drawer open={question !== null} onClose={onClose} size={480} title={question ? t(titleOf(question)) : null} destroyOnHidden>
      {question?.kind === 'balance' ? <BalanceWhy id={id} asset="points" /> : null}
      {question?.kind === 'growth' ? <BalanceWhy id={id} asset="growth" /> : null}
      {question?.kind === 'tier' ? <TierWhy id={id} /> : null}
      {question?.kind === 'entry' ? <EntryWhy entry={question.entry} /> : null}
    </Drawer>
  );
}
