import { Badge, Button, DatePicker, Popover, Select } from 'antd';
import { FilterOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import dayjs from 'dayjs';
import type { MemberStatus } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { statusText } from '../../text/names';
import { isFiltered, readFilter, type MemberFilter } from './filter';

interface Props {
  filter: MemberFilter;
  setFilter: (filter: MemberFilter) => void;
}

const choices: MemberStatus[] = ['active', 'unclaimed', 'closed'];

function Form({ filter, setFilter }: Props) {
  const t = useText();
  const programme = useQuery(ask.programme());
  const stores = useQuery(ask.stores());
  const levels = programme.data?.published.programme.tiers.levels ?? [];
  const none = { value: '', label: t('members.filter_without') };
  const day = (text: string | null | undefined) => (text ? dayjs(text) : null);
  return (
    <div className="form members-filter">
      <Field label={t('change.status')}>
        {({ status: _status, ...control }) => (
          <Select
            {...control}
            mode="multiple"
            placeholder={t('members.filter_all')}
            value={filter.statuses}
            options={choices.map((value) => ({ value, label: t(statusText[value]) }))}
            onChange={(statuses: MemberStatus[]) => setFilter({ ...filter, statuses })}
          />
        )}
      </Field>
      <Field label={t('members.column.tier')}>
        {({ status: _status, ...control }) => (
          <Select
            {...control}
            mode="multiple"
            placeholder={t('members.filter_all')}
            value={filter.tiers}
            options={[...levels.map(({ code, name }) => ({ value: code, label: name })), none]}
            onChange={(tiers: string[]) => setFilter({ ...filter, tiers })}
          />
        )}
      </Field>
      <Field label={t('members.column.store')}>
        {({ status: _status, ...control }) => (
          <Select
            {...control}
            mode="multiple"
            placeholder={t('members.filter_all')}
            value={filter.stores}
            options={[...(stores.data?.items ?? []).map(({ code, name }) => ({ value: code, label: name ?? code })), none]}
            onChange={(codes: string[]) => setFilter({ ...filter, stores: codes })}
          />
        )}
      </Field>
      <Field label={t('members.column.joined')}>
        {({ status: _status, ...control }) => (
          <DatePicker.RangePicker
            id={{ start: control.id }}
            allowEmpty={[true, true]}
            value={[day(filter.joined_from), day(filter.joined_to)]}
            onChange={(span) =>
              setFilter({ ...filter, joined_from: span?.[0]?.format('YYYY-MM-DD'), joined_to: span?.[1]?.format('YYYY-MM-DD') })
            }
          />
        )}
      </Field>
      {isFiltered(filter) ? (
        <div>
          <Button onClick={() => setFilter(readFilter(''))}>{t('members.filter_clear')}</Button>
        </div>
      ) : null}
    </div>
  );
}

/** Who is listed, by what every list knows of a member. */
export function Filters(props: Props) {
  const t = useText();
  const { statuses, tiers, stores, joined_from: from, joined_to: to } = props.filter;
  const used = [statuses.length > 0, tiers.length > 0, stores.length > 0, Boolean(from ?? to)].filter(Boolean).length;
  return (
    <Popover trigger="click" placement="bottomLeft" content={<Form {...props} />}>
      <Button size="large" icon={<FilterOutlined />} aria-label={t('members.filter')}>
        <span className="members-word">{t('members.filter')}</span>
        {used > 0 ? <Badge count={used} color="var(--accent)" /> : null}
      </Button>
    </Popover>
  );
}
