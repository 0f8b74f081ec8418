import { useState } from 'react';
import { Button, Input } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { LifestyleGroup } from '@danggol/api';
import { renameLifestyle } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';

function Rename({ group, onDone }: { group: LifestyleGroup; onDone: () => void }) {
  const t = useText();
  const [name, setName] = useState(group.is_named ? group.name : '');
  const rename = useMutation({
    mutationFn: () => renameLifestyle(group.code, name.trim() || null),
    onSuccess: (seen) => {
      queries.setQueryData(ask.lifestyles().queryKey, seen);
      onDone();
    },
  });
  return (
    <form
      className="life-name"
      onSubmit={(event) => {
        event.preventDefault();
        rename.mutate();
      }}
    >
      <Field label={t('lifestyles.name')} hint={t('lifestyles.name_hint')}>
        {(control) => <Input {...control} autoFocus maxLength={40} placeholder={group.name} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <div className="inline">
        <Button size="small" type="primary" htmlType="submit" loading={rename.isPending}>
          {t('action.save')}
        </Button>
        <Button size="small" onClick={onDone}>
          {t('action.cancel')}
        </Button>
      </div>
      {rename.isError ? <Trouble error={rename.error} /> : null}
    </form>
  );
}

/** A group: how many they are, what they bring, and what they buy more often than everybody. */
export function Group({ group, isFirst }: { group: LifestyleGroup; isFirst: boolean }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [renames, setRenames] = useState(false);
  const shown = group.apart.slice(0, 6);
  const most = Math.max(1, ...shown.map((apart) => apart.lift_percent));
  return (
    <li className="life">
      {renames ? (
        <Rename group={group} onDone={() => setRenames(false)} />
      ) : (
        <div className="life-head">
          <h3>
            <Link to={paths.classes('lifestyle.group', group.code)}>{group.name}</Link>
          </h3>
          {may(user.role, 'edit_programme') ? (
            <Button size="small" onClick={() => setRenames(true)} aria-label={`${t('lifestyles.rename')}: ${group.name}`}>
              {t('lifestyles.rename')}
            </Button>
          ) : null}
        </div>
      )}
      <p>{t('lifestyles.members', { n: group.members, share: format.percent(group.share_bp, 1) })}</p>
      <p className="soft small">{t('lifestyles.value', { amount: format.money(group.amount_by_member_minor), share: format.percent(group.amount_share_bp, 1) })}</p>
      <ul className="life-apart">
        {shown.map((apart) => (
          <li key={apart.category} title={t('lifestyles.lift_said', { own: format.percent(apart.share_bp, 1), everybody: format.percent(apart.everybody_bp, 1) })}>
            <span>{apart.category}</span>
            <span className="number soft">{t('lifestyles.lift', { times: (apart.lift_percent / 100).toFixed(1) })}</span>
            <span className="way" aria-hidden="true">
              <span className="way-done" style={{ width: `${(apart.lift_percent / most) * 100}%`, display: 'block' }} />
            </span>
          </li>
        ))}
      </ul>
      {isFirst || group.came + group.went === 0 ? null : <p className="faint small">{t('lifestyles.moved', { came: group.came, went: group.went })}</p>}
    </li>
  );
}
