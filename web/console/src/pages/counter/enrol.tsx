import { useState } from 'react';
import { Button, Checkbox, Input } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ConsentChannel, ConsentDraft, MemberRow, Purpose } from '@danggol/api';
import { createMember } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey, ProblemError } from '../../data/request';
import { useLanguage } from '../../language';
import { Field } from '../../parts/field';
import { readText } from '../../parts/name-fields';
import { sentenceOf } from '../../parts/trouble';
import { consentChannelText } from '../../text/names';

interface Props {
  typed: string;
  store: string;
  onOpen: (row: Pick<MemberRow, 'id'>) => void;
  onBack: () => void;
}

const wordOf = (purpose: string, channel: ConsentChannel | null): ConsentDraft => ({ purpose, said: 'given', ...(channel ? { channel } : {}) });

/** What she agrees to, of what the brand asks at the counter; nothing is ticked before she says so. */
function Asked({ purposes, said, onSay }: { purposes: Purpose[]; said: ConsentDraft[]; onSay: (said: ConsentDraft[]) => void }) {
  const { t, language } = useLanguage();
  const same = (one: ConsentDraft, other: ConsentDraft) => one.purpose === other.purpose && one.channel === other.channel;
  return (
    <fieldset className="enrol-consents">
      <legend>{t('consents.at_counter')}</legend>
      {purposes.map((purpose) => {
        const name = readText(purpose.name, language);
        const wording = purpose.wordings.at(-1);
        const channels: (ConsentChannel | null)[] = purpose.channels.length > 0 ? purpose.channels : [null];
        return (
          <div key={purpose.code} role="group" aria-label={name}>
            {purpose.channels.length > 0 ? <span>{name}</span> : null}
            <span className="enrol-channels">
              {channels.map((channel) => {
                const word = wordOf(purpose.code, channel);
                const ticked = said.some((one) => same(one, word));
                return (
                  <Checkbox key={channel ?? ''} checked={ticked} onChange={() => onSay(ticked ? said.filter((one) => !same(one, word)) : [...said, word])}>
                    {channel ? t(consentChannelText[channel]) : name}
                  </Checkbox>
                );
              })}
            </span>
            {wording ? (
              <details className="small">
                <summary>{t('consents.wording')}</summary>
                <p className="soft enrol-wording">{readText(wording.text, language)}</p>
              </details>
            ) : null}
          </div>
        );
      })}
    </fieldset>
  );
}

/** Two fields: the phone number and, if she gives it, the name. What was typed to find her is already in its place. */
export function Enrol({ typed, store, onOpen, onBack }: Props) {
  const { t } = useLanguage();
  const isNumber = /^[+\d][\d\s-]{3,}$/.test(typed);
  const [phone, setPhone] = useState(isNumber ? typed : '');
  const [name, setName] = useState(isNumber ? '' : typed);
  const [key, setKey] = useState(newIdempotencyKey);
  const [consents, setConsents] = useState<ConsentDraft[]>([]);
  const asked = useQuery(ask.consentRules()).data?.purposes.filter((purpose) => purpose.asked_at_counter) ?? [];
  const enrol = useMutation({
    mutationFn: () =>
      createMember(
        { ...(name.trim() ? { name: name.trim() } : {}), ...(store ? { store } : {}), identities: [{ kind: 'phone', value: phone.trim() }], source: { kind: 'counter', ...(store ? { code: store } : {}) }, ...(consents.length > 0 ? { consents } : {}) },
        key,
      ),
    onSuccess: (member) => {
      queries.setQueryData(ask.member(member.id).queryKey, member);
      void queries.invalidateQueries({ queryKey: ['members'] });
      onOpen(member);
    },
    onError: () => setKey(newIdempotencyKey()),
  });
  const taken = enrol.error instanceof ProblemError ? enrol.error.problem.member_id : null;
  return (
    <form
      className="enrol form"
      onSubmit={(event) => {
        event.preventDefault();
        if (phone.trim()) enrol.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') {
          event.preventDefault();
          onBack();
        }
      }}
    >
      <h2>{t('counter.enrol')}</h2>
      <div className="form form-two">
        <Field label={t('identity.phone')} error={enrol.isError ? sentenceOf(enrol.error, t) : null}>
          {(control) => (
            <Input {...control} className="counter-field" type="tel" inputMode="tel" autoComplete="off" autoFocus={!isNumber} value={phone} onChange={(event) => setPhone(event.target.value)} />
          )}
        </Field>
        <Field label={t('profile.name')} optional={t('field.optional')}>
          {(control) => <Input {...control} className="counter-field" autoComplete="off" autoFocus={isNumber} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      </div>
      {asked.length > 0 ? <Asked purposes={asked} said={consents} onSay={setConsents} /> : null}
      {taken ? (
        <Button size="large" onClick={() => onOpen({ id: taken })}>
          {t('contacts.open_other')}
        </Button>
      ) : null}
      <div className="inline">
        <Button type="primary" size="large" htmlType="submit" disabled={!phone.trim()} loading={enrol.isPending}>
          {t('counter.enrol_do')} <kbd>Enter</kbd>
        </Button>
        <Button size="large" onClick={onBack}>
          {t('action.back')} <kbd>Esc</kbd>
        </Button>
      </div>
    </form>
  );
}
