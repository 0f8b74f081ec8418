import { useState } from 'react';
import { Button, Checkbox, Input, Popover } from 'antd';
import { DeleteOutlined, TableOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { KeptView, MemberView } from '@danggol/api';
import { keepMemberViews } from '../../data/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Trouble } from '../../parts/trouble';
import { columns, columnText, type Column } from './columns';
import { readFilter, type MemberFilter } from './filter';

const viewsMax = 20;

interface Props {
  filter: MemberFilter;
  setFilter: (filter: MemberFilter) => void;
  shown: Column[];
  setShown: (columns: Column[]) => void;
}

/** A view as it is sent back: without what only the list says of it. */
const own = ({ name, filter, columns: shown, shared }: KeptView): MemberView => ({ name, filter, columns: shown, shared });

function Form({ filter, setFilter, shown, setShown }: Props) {
  const t = useText();
  const found = useQuery(ask.memberViews());
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const keep = useMutation({
    mutationFn: keepMemberViews,
    onSuccess: (kept) => ask.queries.setQueryData(ask.memberViews().queryKey, kept),
  });
  const views = found.data?.items ?? [];
  const mine = views.filter((view) => view.mine).map(own);
  return (
    <div className="form members-views">
      <fieldset>
        <legend>{t('members.columns')}</legend>
        <Checkbox.Group<Column>
          className="members-column-boxes"
          value={shown}
          options={columns.map((value) => ({ value, label: t(columnText[value]) }))}
          onChange={(next) => setShown(columns.filter((column) => next.includes(column)))}
        />
      </fieldset>
      <fieldset>
        <legend>{t('members.views_kept')}</legend>
        {found.data && views.length === 0 ? <p className="soft small">{t('members.views_none')}</p> : null}
        {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
        {keep.isError ? <Trouble error={keep.error} /> : null}
        <ul className="members-view-list">
          {views.map((view, place) => (
            <li key={place}>
              <Button
                type="text"
                onClick={() => {
                  setFilter({ ...readFilter(''), ...view.filter });
                  setShown(columns.filter((column) => (view.columns ?? []).includes(column)));
                }}
              >
                {view.name}
                {view.by ? <span className="soft small">{view.by}</span> : null}
                {view.mine && view.shared ? <span className="soft small">{t('members.view_is_shared')}</span> : null}
              </Button>
              {view.mine ? (
                <Button
                  type="text"
                  icon={<DeleteOutlined />}
                  aria-label={t('members.view_remove', { name: view.name })}
                  onClick={() => keep.mutate(mine.filter((other) => other.name !== view.name))}
                />
              ) : null}
            </li>
          ))}
        </ul>
        <form
          className="members-view-new"
          onSubmit={(event) => {
            event.preventDefault();
            const view = { name: name.trim(), filter, columns: shown, shared };
            keep.mutate([view, ...mine.filter((other) => other.name !== view.name)].slice(0, viewsMax), { onSuccess: () => setName('') });
          }}
        >
          <Input maxLength={40} value={name} aria-label={t('members.view_name')} placeholder={t('members.view_name')} onChange={(event) => setName(event.target.value)} />
          <Button htmlType="submit" disabled={!name.trim() || !found.data} loading={keep.isPending}>
            {t('action.save')}
          </Button>
          <Checkbox checked={shared} onChange={(event) => setShared(event.target.checked)}>
            {t('members.view_share')}
          </Checkbox>
        </form>
      </fieldset>
    </div>
  );
}

/** Which columns are shown, and the lists that people keep. */
export function Views(props: Props) {
  const t = useText();
  return (
    <Popover trigger="click" placement="bottomRight" content={<Form {...props} />}>
      <Button size="large" icon={<TableOutlined />} aria-label={t('members.views')}>
        <span className="members-word">{t('members.views')}</span>
      </Button>
    </Popover>
  );
}
