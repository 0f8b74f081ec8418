import { useState } from 'react';
import { Button, Input } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { MemberRow } from '@danggol/api';
import { createMember } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey, ProblemError } from '../../data/request';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { sentenceOf } from '../../parts/trouble';

interface Props {
  typed: string;
  store: string;
  onOpen: (row: Pick<MemberRow, 'id'>) => void;
  onBack: () => void;
}

/** Two fields: the phone number and, if she gives it, the name. What was typed to find her is already in its place. */
export function Enrol({ typed, store, onOpen, onBack }: Props) {
  const t = useText();
  const isNumber = /^[+\d][\d\s-]{3,}$/.test(typed);
  const [phone, setPhone] = useState(isNumber ? typed : '');
  const [name, setName] = useState(isNumber ? '' : typed);
  const [key, setKey] = useState(newIdempotencyKey);
  const enrol = useMutation({
    mutationFn: () =>
      createMember(
        { ...(name.trim() ? { name: name.trim() } : {}), ...(store ? { store } : {}), identities: [{ kind: 'phone', value: phone.trim() }], source: { kind: 'counter', ...(store ? { code: store } : {}) } },
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
