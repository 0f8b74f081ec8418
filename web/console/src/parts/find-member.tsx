import { useState } from 'react';
import { Input } from 'antd';
import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import type { MemberRow } from '@danggol/api';
import * as ask from '../data/queries';
import { useText } from '../language';
import { calledOf } from './called';
import { isOpen } from './close-dialog';
import { useLater } from './later';
import { Trouble } from './trouble';
import './find-member.css';

/** Finds an open file while somebody types; those in `but` are not meant. */
export function FindMember({ but, lead, label, nobody, onChosen }: { but: string[]; lead: string; label: string; nobody: string; onChosen: (row: MemberRow) => void }) {
  const t = useText();
  const [typed, setTyped] = useState('');
  const query = useLater(typed.trim(), 120);
  const found = useQuery({ ...ask.memberFind(query), enabled: query !== '' });
  const rows = query ? (found.data?.items ?? []).filter((row) => !but.includes(row.id) && isOpen(row)) : [];
  return (
    <div className="form">
      <p className="soft">{lead}</p>
      <Input className="find-member" autoFocus prefix={<SearchOutlined />} value={typed} aria-label={label} placeholder={label} onChange={(event) => setTyped(event.target.value)} />
      {found.isError ? <Trouble error={found.error} /> : null}
      {query && found.isSuccess && rows.length === 0 ? <p className="soft">{nobody}</p> : null}
      <ul className="found-members">
        {rows.map((row) => (
          <li key={row.id}>
            <button type="button" onClick={() => onChosen(row)}>
              <span>{calledOf(row, t)}</span>
              <span className="soft">{row.masked_phone ?? row.card_no}</span>
              <span className="number">{t('unit.points', { n: row.points })}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
