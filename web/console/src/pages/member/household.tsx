import { useState } from 'react';
import { App, Button, Dropdown, Input, Modal, Select, Switch } from 'antd';
import { MoreOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { DissolvedHousehold, Household, HouseholdPlace, HouseholdRole, Member } from '@danggol/api';
import { dissolveHousehold, joinHousehold, leaveHousehold, makeHousehold, patchHousehold, restoreHousehold } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { Bones } from '../../parts/bones';
import { isOpen } from '../../parts/close-dialog';
import { Field } from '../../parts/field';
import { FindMember } from '../../parts/find-member';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { householdRoleText } from '../../text/names';

const roles = Object.keys(householdRoleText) as HouseholdRole[];

/** Everybody in it has it on her page. */
function refresh(): void {
  void queries.invalidateQueries({ queryKey: ['member'] });
}

function RoleField({ role, onChange }: { role: HouseholdRole; onChange: (role: HouseholdRole) => void }) {
  const t = useText();
  return (
    <Field label={t('household.role')}>
      {(control) => <Select<HouseholdRole> {...control} value={role} options={roles.map((one) => ({ value: one, label: t(householdRoleText[one]) }))} onChange={onChange} />}
    </Field>
  );
}

/** Joining and leaving, each with the way back for some seconds. */
function useSteps(id: string) {
  const t = useText();
  const { message } = App.useApp();
  // A later step takes the place of the one before, and of its way back.
  const key = `household-${id}`;
  const failed = (error: Error) => void message.error(sentenceOf(error, t));
  const back = useMutation({ mutationFn: (step: () => Promise<unknown>) => step(), onSuccess: refresh, onError: failed });
  const say = (text: string, undo: () => Promise<unknown>) => {
    message.open({
      key,
      type: 'success',
      duration: 10,
      content: (
        <>
          {text}
          <Button
            type="link"
            size="small"
            onClick={() => {
              message.destroy(key);
              back.mutate(undo);
            }}
          >
            {t('action.undo')}
          </Button>
        </>
      ),
    });
  };
  const nameOf = (name: string | null | undefined) => name ?? t('member.nameless');
  const join = useMutation({
    mutationFn: ({ member, role }: { member: { id: string; name?: string | null }; role: HouseholdRole }) => joinHousehold(id, member.id, role),
    onSuccess: (_, { member }) => {
      refresh();
      say(t('household.joined', { name: nameOf(member.name) }), () => leaveHousehold(id, member.id));
    },
  });
  const leave = useMutation({
    mutationFn: ({ member }: HouseholdPlace) => leaveHousehold(id, member.id),
    onSuccess: (after, { member, role }) => {
      refresh();
      // With the last one it is dissolved, and the way back is to bring it back.
      say(t('household.left', { name: nameOf(member.name) }), () => (after.dissolved_at ? restoreHousehold(id) : joinHousehold(id, member.id, role)));
    },
    onError: failed,
  });
  const dissolve = useMutation({
    mutationFn: ({ id }: Household) => dissolveHousehold(id),
    onSuccess: (_, { name }) => {
      refresh();
      say(t('household.dissolved', { name }), () => restoreHousehold(id));
    },
    onError: failed,
  });
  const change = useMutation({
    mutationFn: (step: () => Promise<unknown>) => {
      message.destroy(key);
      return step();
    },
    onSuccess: refresh,
    onError: failed,
  });
  return { join, leave, dissolve, change };
}

function NameDialog({ title, lead, known, role, confirm, onClose, save }: {
  title: string;
  lead?: string;
  known: string;
  role?: HouseholdRole;
  confirm: string;
  onClose: () => void;
  save: (name: string, role: HouseholdRole, key: string) => Promise<unknown>;
}) {
  const t = useText();
  const [name, setName] = useState(known);
  const [key] = useState(newIdempotencyKey);
  const [chosen, setChosen] = useState<HouseholdRole>(role ?? 'other');
  const saving = useMutation({
    mutationFn: () => save(name.trim(), chosen, key),
    onSuccess: () => {
      refresh();
      onClose();
    },
  });
  return (
    <Modal open onCancel={onClose} footer={null} width={480} title={title}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          saving.mutate();
        }}
      >
        {lead ? <p className="soft">{lead}</p> : null}
        <Field label={t('household.name')} hint={t('household.name_hint')}>
          {(control) => <Input {...control} autoFocus maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        {role ? <RoleField role={chosen} onChange={setChosen} /> : null}
        {saving.isError ? <Trouble error={saving.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={!name.trim() || name.trim() === known} loading={saving.isPending}>
            {confirm}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function AddDialog({ household, onClose }: { household: Household; onClose: () => void }) {
  const t = useText();
  const [role, setRole] = useState<HouseholdRole>('other');
  const { join } = useSteps(household.id);
  return (
    <Modal open onCancel={onClose} footer={null} width={480} title={t('household.add')}>
      <div className="form">
        <RoleField role={role} onChange={setRole} />
        <FindMember
          but={household.members.map(({ member }) => member.id)}
          lead={t('household.find_lead', { name: household.name })}
          label={t('household.find')}
          nobody={t('household.nobody')}
          onChosen={(member) => join.mutate({ member, role }, { onSuccess: onClose })}
        />
        <p className="soft small">{t('household.own')}</p>
        {join.isError ? <Trouble error={join.error} /> : null}
      </div>
    </Modal>
  );
}

/** Whether the household spends its points together, and how many those are. */
function Shared({ household, mayShare, changes, busy, onSwitch }: { household: Household; mayShare: boolean; changes: boolean; busy: boolean; onSwitch: (shares: boolean) => void }) {
  const t = useText();
  if (!mayShare && !household.shares_points) return null;
  return (
    <div className="household-shared">
      {changes ? (
        <label className="inline">
          <Switch checked={household.shares_points} loading={busy} onChange={onSwitch} />
          <span>{t('household.share')}</span>
        </label>
      ) : null}
      {household.points != null ? <p className="household-points">{t('household.points', { n: household.points })}</p> : null}
      <p className="soft small">{t(mayShare ? 'household.share_hint' : 'household.share_barred')}</p>
    </div>
  );
}

function Home({ household, most, mayShare, self, changes }: { household: Household; most: number; mayShare: boolean; self: string; changes: boolean }) {
  const t = useText();
  const format = useFormat();
  const { modal } = App.useApp();
  const [adding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState(false);
  const { leave, dissolve, change } = useSteps(household.id);
  const full = household.members.length >= most;
  const askDissolve = () =>
    modal.confirm({
      title: t('household.dissolve_ask', { name: household.name }),
      content: t('household.dissolve_lead', { n: household.members.length }),
      okText: t('household.dissolve'),
      okButtonProps: { danger: true },
      cancelText: t('action.cancel'),
      onOk: () => dissolve.mutateAsync(household).catch(() => undefined),
    });
  const menuOf = (place: HouseholdPlace) => [
    ...roles.filter((role) => role !== place.role).map((role) => ({ key: role, label: t(householdRoleText[role]), onClick: () => change.mutate(() => joinHousehold(household.id, place.member.id, role)) })),
    { type: 'divider' as const },
    ...(place.member.id === household.head ? [] : [{ key: 'head', label: t('household.make_head'), onClick: () => change.mutate(() => patchHousehold(household.id, { head: place.member.id })) }]),
    { key: 'leave', danger: true, label: t('household.leave'), onClick: () => leave.mutate(place) },
  ];
  const ofAll = [
    { key: 'rename', label: t('household.rename'), onClick: () => setRenaming(true) },
    { key: 'dissolve', danger: true, label: t('household.dissolve'), onClick: askDissolve },
  ];
  return (
    <>
      <div className="household-name">
        <strong>{household.name}</strong>
        {changes ? (
          <Dropdown trigger={['click']} placement="bottomRight" menu={{ items: ofAll }}>
            <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t('household.manage', { name: household.name })} />
          </Dropdown>
        ) : null}
      </div>
      <ul className="household">
        {household.members.map((place) => {
          const name = calledOf(place.member, t);
          return (
            <li key={place.member.id}>
              <span>
                {place.member.id === self ? <strong>{name}</strong> : <Link to={paths.member(place.member.id)}>{name}</Link>}{' '}
                {place.member.id === household.head ? <span className="mark">{t('household.head')}</span> : null}
                <span className="soft small household-since">
                  {t(householdRoleText[place.role])} · {t('household.since', { date: format.date(place.since) })}
                </span>
              </span>
              {changes ? (
                <Dropdown trigger={['click']} placement="bottomRight" menu={{ items: menuOf(place) }}>
                  <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t('household.manage', { name })} />
                </Dropdown>
              ) : null}
            </li>
          );
        })}
      </ul>
      <Shared household={household} mayShare={mayShare} changes={changes} busy={change.isPending} onSwitch={(shares_points) => change.mutate(() => patchHousehold(household.id, { shares_points }))} />
      {changes ? (
        <div>
          <Button disabled={full} onClick={() => setAdding(true)}>
            {t('household.add')}
          </Button>
        </div>
      ) : null}
      {changes && full ? <p className="soft small">{t('household.full', { n: most })}</p> : null}
      {adding ? <AddDialog household={household} onClose={() => setAdding(false)} /> : null}
      {renaming ? (
        <NameDialog title={t('household.rename')} known={household.name} confirm={t('action.save')} onClose={() => setRenaming(false)} save={(name) => patchHousehold(household.id, { name })} />
      ) : null}
    </>
  );
}

/** The household that was dissolved with her in it, and the way back. */
function Dissolved({ household, changes }: { household: DissolvedHousehold; changes: boolean }) {
  const t = useText();
  const format = useFormat();
  const restore = useMutation({ mutationFn: () => restoreHousehold(household.id), onSuccess: refresh });
  const names = household.members.map(({ member }) => calledOf(member, t)).join(t('list.comma'));
  return (
    <>
      <p className="soft">{t('household.was_dissolved', { name: household.name, date: format.date(household.dissolved_at), names })}</p>
      {changes ? (
        <div>
          <Button loading={restore.isPending} onClick={() => restore.mutate()}>
            {t('household.restore')}
          </Button>
        </div>
      ) : null}
      {restore.isError ? <Trouble error={restore.error} /> : null}
    </>
  );
}

/** With whom a member lives, what she is there, and the steps in and out. */
export function MemberHousehold({ member }: { member: Member }) {
  const t = useText();
  const { user } = useSignedIn();
  const [making, setMaking] = useState(false);
  const found = useQuery(ask.memberHousehold(member.id));
  const changes = may(user.role, 'enrol');
  if (member.merged_into) return null;
  const name = member.name ?? t('member.nameless');
  return (
    <section className="section" aria-label={t('household.title')}>
      <h2>{t('household.title')}</h2>
      {found.isPending ? <Bones lines={2} /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {found.data?.household ? <Home household={found.data.household} most={found.data.most_members} mayShare={found.data.may_share_points} self={member.id} changes={changes} /> : null}
      {found.data && !found.data.household ? <p className="soft">{t('household.none')}</p> : null}
      {found.data?.dissolved ? <Dissolved household={found.data.dissolved} changes={changes} /> : null}
      {found.data && !found.data.household && changes && isOpen(member) ? (
        <div>
          <Button onClick={() => setMaking(true)}>{t('household.make')}</Button>
        </div>
      ) : null}
      {making ? (
        <NameDialog
          title={t('household.make')}
          lead={`${t('household.make_lead', { name })} ${t('household.own')}`}
          known=""
          role="parent"
          confirm={t('household.make')}
          onClose={() => setMaking(false)}
          save={(typed, role, key) => makeHousehold({ name: typed, head: member.id, role }, key)}
        />
      ) : null}
    </section>
  );
}
