import { App, Button, Dropdown } from 'antd';
import { MoreOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ConsentView, ConsentWord, Member } from '@danggol/api';
import { sayConsents } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { isOpen } from '../../parts/close-dialog';
import { useMatter } from '../../parts/matter';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';
import { consentChannelText, consentStateText, consentWayText } from '../../text/names';

const markOf = { given: 'mark', withdrawn: 'mark mark-loss', never_asked: 'mark' } as const;

function Line({ item, onSay }: { item: ConsentView; onSay: ((said: ConsentWord) => void) | null }) {
  const t = useText();
  const format = useFormat();
  const matter = useMatter();
  const { entry } = item;
  const due = item.confirm_by ? t(Date.parse(item.confirm_by) < Date.now() ? 'consents.confirm_due' : 'consents.confirm_by', { date: format.date(item.confirm_by) }) : null;
  const how = entry
    ? [format.date(entry.at), t('consents.by', { way: t(consentWayText[entry.way]), name: entry.actor.name ?? t(`actor.${entry.actor.kind}`) }), entry.version ? t('consents.version', { n: entry.version }) : null, due]
    : [];
  const given = item.state === 'given';
  const words = [
    ...(item.asked ? [{ key: 'given', label: t(given ? 'consents.confirm' : 'consents.agree'), onClick: () => onSay?.('given') }] : []),
    ...(item.asked && item.state !== 'withdrawn' ? [{ key: 'withdrawn', label: t(given ? 'consents.withdraw' : 'consents.decline'), onClick: () => onSay?.('withdrawn') }] : []),
  ];
  return (
    <li>
      <span>
        {item.channel ? t(consentChannelText[item.channel]) : item.name} <span className={markOf[item.state]}>{t(consentStateText[item.state])}</span>
        {how.length > 0 ? <span className="soft small consent-how">{how.filter(Boolean).join(' · ')}</span> : null}
        {item.asked ? null : <span className="soft small consent-how">{t('consents.no_longer')}</span>}
      </span>
      {onSay && words.length > 0 ? (
        <Dropdown trigger={['click']} placement="bottomRight" menu={{ items: words }}>
          <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t('consents.change', { what: matter(item) })} />
        </Dropdown>
      ) : null}
    </li>
  );
}

/** What a member has agreed to, by purpose and channel; what she says now is kept here. */
export function MemberConsents({ member }: { member: Member }) {
  const t = useText();
  const matter = useMatter();
  const { user } = useSignedIn();
  const { message } = App.useApp();
  const consents = useQuery(ask.memberConsents(member.id));
  const say = useMutation({
    mutationFn: ({ item, said }: { item: ConsentView; said: ConsentWord }) => sayConsents(member.id, [{ purpose: item.purpose, said, ...(item.channel ? { channel: item.channel } : {}) }], newIdempotencyKey()),
    onSuccess: (after, { item, said }) => {
      queries.setQueryData(ask.memberConsents(member.id).queryKey, after);
      void queries.invalidateQueries({ queryKey: ask.timeline(member.id).queryKey });
      void queries.invalidateQueries({ queryKey: ask.memberSegments(member.id).queryKey });
      void message.success(t('consents.kept', { what: t(said === 'given' ? 'moment.consent_given' : 'moment.consent_withdrawn', { what: matter(item) }) }));
    },
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  const changes = isOpen(member) && may(user.role, 'enrol');
  const items = consents.data?.items ?? [];
  const purposes = [...new Set(items.map((item) => item.purpose))];
  return (
    <section className="section" aria-label={t('consents.title')}>
      <h2>{t('consents.title')}</h2>
      {consents.isPending ? <Bones lines={3} /> : null}
      {consents.isError ? <Trouble error={consents.error} retry={() => void consents.refetch()} /> : null}
      {consents.data && items.length === 0 ? <p className="soft">{t('consents.lead_none')}</p> : null}
      {purposes.map((purpose) => {
        const of = items.filter((item) => item.purpose === purpose);
        return (
          <div key={purpose}>
            {of.some((item) => item.channel) ? <p className="consent-purpose">{of[0]?.name}</p> : null}
            <ul className="consents">
              {of.map((item) => (
                <Line key={item.channel ?? ''} item={item} onSay={changes ? (said) => say.mutate({ item, said }) : null} />
              ))}
            </ul>
          </div>
        );
      })}
    </section>
  );
}
