import { useState } from 'react';
import { Button, Checkbox, Input, Popover } from 'antd';
import { DeleteOutlined, TableOutlined } from '@ant-design/icons';
import { useText } from '../../language';
import { columns, columnText, type Column } from './columns';
import { readFilter, writeFilter, type MemberFilter } from './filter';

/** A list that somebody comes back to: whom it shows, and what of them. What was typed may be a phone number and is not kept. */
interface View {
  name: string;
  search: string;
  columns: Column[];
}

const kept = 'danggol.members.views';
const viewsMax = 20;

function keptViews(): View[] {
  try {
    const views: unknown = JSON.parse(localStorage.getItem(kept) ?? '[]');
    return Array.isArray(views) ? (views as View[]).filter((view) => typeof view.name === 'string' && typeof view.search === 'string' && Array.isArray(view.columns)) : [];
  } catch {
    return [];
  }
}

interface Props {
  filter: MemberFilter;
  setFilter: (filter: MemberFilter) => void;
  shown: Column[];
  setShown: (columns: Column[]) => void;
}

function Form({ filter, setFilter, shown, setShown }: Props) {
  const t = useText();
  const [views, setViews] = useState(keptViews);
  const [name, setName] = useState('');
  const keep = (next: View[]) => {
    localStorage.setItem(kept, JSON.stringify(next));
    setViews(next);
  };
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
        {views.length === 0 ? <p className="soft small">{t('members.views_none')}</p> : null}
        <ul className="members-view-list">
          {views.map((view) => (
            <li key={view.name}>
              <Button
                type="text"
                onClick={() => {
                  setFilter(readFilter(view.search));
                  setShown(columns.filter((column) => view.columns.includes(column)));
                }}
              >
                {view.name}
              </Button>
              <Button type="text" icon={<DeleteOutlined />} aria-label={t('members.view_remove', { name: view.name })} onClick={() => keep(views.filter((other) => other !== view))} />
            </li>
          ))}
        </ul>
        <form
          className="members-view-new"
          onSubmit={(event) => {
            event.preventDefault();
            const view = { name: name.trim(), search: writeFilter(filter), columns: shown };
            keep([view, ...views.filter((other) => other.name !== view.name)].slice(0, viewsMax));
            setName('');
          }}
        >
          <Input maxLength={40} value={name} aria-label={t('members.view_name')} placeholder={t('members.view_name')} onChange={(event) => setName(event.target.value)} />
          <Button htmlType="submit" disabled={!name.trim()}>
            {t('action.save')}
          </Button>
        </form>
      </fieldset>
    </div>
  );
}

/** Which columns are shown, and the lists that this reader keeps. */
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
