import { useState } from 'react';
import { App, Button } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Member, MemberFields } from '@danggol/api';
import { patchMember } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { isOpen } from '../../parts/close-dialog';
import { sentenceOf } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';
import { genderText } from '../../text/names';
import { ProfileDrawer } from './profile-drawer';

/** What to say to her next and why, and what her file lacks: what can be said with one tap is one tap. */
export function NextSteps({ member }: { member: Member }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const { message } = App.useApp();
  const [editing, setEditing] = useState(false);
  const { data } = useQuery(ask.portrait(member.id));
  const patch = useMutation({
    mutationFn: (fields: MemberFields) => patchMember(member.id, fields),
    onSuccess: () => queries.invalidateQueries({ queryKey: ask.member(member.id).queryKey }),
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  if (!data) return null;
  const mends = isOpen(member) && may(user.role, 'enrol');
  const rest = data.missing.filter((fact) => fact !== 'gender' && !(fact === 'store' && data.suggested_store));
  return (
    <>
      {data.next.length > 0 ? (
        <section className="next-steps" aria-label={t('portrait.next')}>
          <h2>{t('portrait.next')}</h2>
          <ul>
            {data.next.map((step) => (
              <li key={step.text}>
                <span className="ahead-words">{step.text}</span> <span className="soft small">{step.why}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {mends && (data.missing.length > 0 || data.stale_since) ? (
        <section className="inline missing-facts" aria-label={t('portrait.missing')}>
          {data.stale_since ? <span className="soft small">{t('portrait.stale', { ago: format.ago(data.stale_since) })}</span> : null}
          {data.missing.length > 0 ? <span className="soft small">{t('portrait.missing')}</span> : null}
          {data.missing.includes('gender')
            ? (['female', 'male', 'other'] as const).map((gender) => (
                <Button key={gender} size="small" disabled={patch.isPending} onClick={() => patch.mutate({ gender })}>
                  {t(genderText[gender])}
                </Button>
              ))
            : null}
          {data.suggested_store ? (
            <Button size="small" disabled={patch.isPending} onClick={() => patch.mutate({ store: data.suggested_store ?? null })}>
              {t('portrait.set_store', { store: data.suggested_store })}
            </Button>
          ) : null}
          {rest.map((fact) => (
            <Button key={fact} size="small" onClick={() => setEditing(true)}>
              {t(`portrait.missing.${fact}`)}
            </Button>
          ))}
          <ProfileDrawer member={member} open={editing} onClose={() => setEditing(false)} />
        </section>
      ) : null}
    </>
  );
}
