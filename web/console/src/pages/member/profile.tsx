import { useState } from 'react';
import { Button } from 'antd';
import type { Member } from '@danggol/api';
import { isOpen } from '../../parts/close-dialog';
import { useFormat } from '../../format';
import { languages, useLanguage } from '../../language';
import { may, useSignedIn } from '../../session';
import { genderText, sourceText } from '../../text/names';
import { ageOf, birthdayText } from './facts';
import { ProfileDrawer } from './profile-drawer';

/** What is known of the person; empty facts are offered, not shown as dashes. */
export function Profile({ member }: { member: Member }) {
  const { t, language } = useLanguage();
  const format = useFormat();
  const { user } = useSignedIn();
  const [editing, setEditing] = useState(false);
  const age = ageOf(member.birthday, new Date());
  const birthday = member.birthday ? birthdayText(member.birthday, t, language) : null;
  const facts: [string, string | null | undefined][] = [
    [t('profile.gender'), member.gender ? t(genderText[member.gender]) : null],
    [t('profile.birthday'), birthday && age !== null ? t('profile.birthday_age', { birthday, age }) : birthday],
    [t('profile.language'), languages.find(({ code }) => code === member.language)?.name],
    [t('profile.occupation'), member.occupation],
    [t('profile.residence'), member.residence],
    [t('profile.income_band'), member.income_band],
    [t('profile.household_size'), member.household_size != null ? t('unit.people', { n: member.household_size }) : null],
    [t('profile.preferences'), member.preferences],
    [t('profile.note'), member.note],
    ...Object.entries(member.custom).map(([name, value]): [string, string] => [name, value]),
    [t('profile.store'), member.store],
    [t('profile.source'), [t(sourceText[member.source.kind]), member.source.code === member.source.kind ? null : member.source.code].filter(Boolean).join(' · ')],
    [t('profile.joined'), format.date(member.joined_at)],
  ];
  return (
    <section className="section" aria-labelledby="profile">
      <div className="section-head">
        <h2 id="profile">{t('profile.title')}</h2>
        {isOpen(member) && may(user.role, 'enrol') ? (
          <Button size="small" onClick={() => setEditing(true)}>
            {t('action.edit')}
          </Button>
        ) : null}
      </div>
      <dl className="facts">
        {facts.map(([name, value]) =>
          value ? (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <ProfileDrawer member={member} open={editing} onClose={() => setEditing(false)} />
    </section>
  );
}
