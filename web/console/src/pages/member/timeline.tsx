import { useInfiniteQuery } from '@tanstack/react-query';
import type { Change, ConsentEntry, Entry, Purchase, TagEntry, TimelineItem } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useLanguage, useText, type T } from '../../language';
import { Bones } from '../../parts/bones';
import { fieldSentence } from '../../parts/changed';
import { useMatter } from '../../parts/matter';
import { More } from '../../parts/more';
import { Trouble } from '../../parts/trouble';
import { consentWayText, entryText, identityText } from '../../text/names';
import { useEntrySentences, type Question } from './why';

function EntryItem({ entry, purchase, onAsk }: { entry: Entry; purchase: Purchase | null; onAsk: (question: Question) => void }) {
  const t = useText();
  const format = useFormat();
  const sentences = useEntrySentences(entry);
  const amount = purchase?.amount_minor ?? entry.amount_minor;
  const goods = purchase?.lines.map((line) => line.name ?? line.sku).slice(0, 3).join(t('list.comma'));
  return (
    <button type="button" className="moment moment-asks" onClick={() => onAsk({ kind: 'entry', entry })} title={t('why.open')}>
      <span className="moment-head">
        <span>
          <strong>{t(entryText[entry.kind])}</strong>
          {amount != null ? <span className="moment-amount">{format.money(amount)}</span> : null}
          {purchase?.store ? <span className="faint"> {purchase.store}</span> : null}
          {purchase && purchase.returned !== 'none' ? <span className="mark mark-warn moment-mark">{t(`returned.${purchase.returned}`)}</span> : null}
        </span>
        {entry.points !== 0 ? <span className={entry.points < 0 ? 'number loss' : 'number gain'}>{t('points.signed', { n: format.signed(entry.points) })}</span> : null}
      </span>
      {goods ? <span className="moment-goods">{goods}</span> : null}
      {sentences.length > 0 ? <span className="why-sentence">{sentences.join(' · ')}</span> : null}
    </button>
  );
}

/** What kind of change it was, in a few words. */
function changeTitle(change: Change, t: T): string {
  const first = change.fields[0];
  switch (change.kind) {
    case 'status':
      return t(first?.to === 'closed' ? 'change.closed' : 'change.reopened');
    case 'identity': {
      const key = identityText[first?.field as keyof typeof identityText];
      const kind = key ? t(key) : '';
      return first?.from && first.to ? t('change.identity_replaced', { kind }) : t(first?.to ? 'change.identity_added' : 'change.identity_removed', { kind });
    }
    default:
      return t('change.file');
  }
}

function ChangeItem({ change }: { change: Change }) {
  const { t, language } = useLanguage();
  const contacts = change.fields.map(({ from, to }) => [from, to].filter(Boolean).join(' → '));
  const sentences = change.kind === 'file' ? change.fields.map((field) => fieldSentence(field, t, language)) : change.kind === 'identity' ? contacts : [];
  return (
    <div className="moment">
      <p>
        <strong>{changeTitle(change, t)}</strong>
      </p>
      {sentences.map((sentence) => (
        <p key={sentence} className="moment-change">
          {sentence}
        </p>
      ))}
      {change.reason ? <p className="moment-change">{t('change.reason', { reason: change.reason })}</p> : null}
      <p className="faint small">{t('change.by', { name: change.actor.name ?? t(`actor.${change.actor.kind}`) })}</p>
    </div>
  );
}

/** Why a tag came or went, in a few words. */
export function useCause(): (entry: TagEntry) => string {
  const t = useText();
  return (entry) => t(`cause.${entry.cause}`, { name: entry.actor.name ?? t(`actor.${entry.actor.kind}`) });
}

function TagMoment({ entry }: { entry: TagEntry }) {
  const t = useText();
  const cause = useCause();
  return (
    <div className="moment">
      <p>{t(entry.added ? 'moment.tag_added' : 'moment.tag_removed', { name: entry.name })}</p>
      <p className="faint small">{cause(entry)}</p>
      {entry.reason ? <p className="moment-change">{t('change.reason', { reason: entry.reason })}</p> : null}
    </div>
  );
}

function ConsentMoment({ entry }: { entry: ConsentEntry }) {
  const t = useText();
  const matter = useMatter();
  const by = t('consents.by', { way: t(consentWayText[entry.way]), name: entry.actor.name ?? t(`actor.${entry.actor.kind}`) });
  return (
    <div className="moment">
      <p>{t(entry.said === 'given' ? 'moment.consent_given' : 'moment.consent_withdrawn', { what: matter(entry) })}</p>
      <p className="faint small">{[by, entry.version ? t('consents.version', { n: entry.version }) : null].filter(Boolean).join(' · ')}</p>
    </div>
  );
}

function Item({ item, onAsk }: { item: TimelineItem; onAsk: (question: Question) => void }) {
  const t = useText();
  switch (item.kind) {
    case 'entry':
      return item.entry ? <EntryItem entry={item.entry} purchase={item.purchase ?? null} onAsk={onAsk} /> : null;
    case 'note':
      return (
        <div className="moment">
          <p className="moment-note">{item.note?.text}</p>
          <p className="faint small">{t('notes.by', { name: item.note?.actor.name ?? t(`actor.${item.note?.actor.kind ?? 'system'}`) })}</p>
        </div>
      );
    case 'change':
      return item.change ? <ChangeItem change={item.change} /> : null;
    case 'tag':
      return item.tag ? <TagMoment entry={item.tag} /> : null;
    case 'consent':
      return item.consent ? <ConsentMoment entry={item.consent} /> : null;
    case 'joined':
      return (
        <div className="moment">
          <p>{t('moment.joined')}</p>
        </div>
      );
  }
}

/** Everything that happened with a member, newest first; it goes on as one scrolls. */
export function Timeline({ id, onAsk }: { id: string; onAsk: (question: Question) => void }) {
  const t = useText();
  const format = useFormat();
  const timeline = useInfiniteQuery(ask.timeline(id));
  if (timeline.isPending) return <Bones lines={6} tall />;
  if (timeline.isError) return <Trouble error={timeline.error} retry={() => void timeline.refetch()} />;
  const items = timeline.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <p className="soft timeline-empty">{t('timeline.empty')}</p>;
  return (
    <>
      <ol className="timeline">
        {items.map((item, index) => {
          const day = format.date(item.at);
          const before = items[index - 1];
          return (
            <li key={`${item.at}-${item.entry?.id ?? item.note?.id ?? item.change?.id ?? item.tag?.id ?? item.consent?.id ?? index}`} className="timeline-item">
              <span className="timeline-when">
                {!before || format.date(before.at) !== day ? <span>{day}</span> : null}
                <span className="faint">{format.time(item.at)}</span>
              </span>
              <Item item={item} onAsk={onAsk} />
            </li>
          );
        })}
      </ol>
      <More when={timeline.hasNextPage && !timeline.isFetchingNextPage} ask={() => void timeline.fetchNextPage()} />
      {timeline.isFetchingNextPage ? <Bones lines={3} tall /> : null}
    </>
  );
}
