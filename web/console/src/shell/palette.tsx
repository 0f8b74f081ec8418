import { useDeferredValue, useMemo, useState } from 'react';
import { Modal } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import * as ask from '../data/queries';
import { useText } from '../language';
import { calledOf } from '../parts/called';
import { paths } from '../paths';
import { may, places, useSignedIn } from '../session';
import { placeEntry } from './menu';

interface Choice {
  id: string;
  name: string;
  note: string;
  go: string;
}

function usePlaces(): Choice[] {
  const t = useText();
  const { user } = useSignedIn();
  return useMemo(() => {
    const found: Choice[] = places(user.role).map((place) => {
      const entry = placeEntry(place);
      return { id: place, name: t(entry.text), note: t('palette.page'), go: entry.path };
    });
    found.push({ id: 'account', name: t('shell.account'), note: t('place.settings'), go: paths.account() });
    if (may(user.role, 'manage')) {
      found.push({ id: 'users', name: t('settings.users'), note: t('place.settings'), go: paths.users() });
      found.push({ id: 'keys', name: t('settings.keys'), note: t('place.settings'), go: paths.keys() });
    }
    return found;
  }, [t, user.role]);
}

/** Ctrl-K: go to a page, or find a member and open the file. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useText();
  const navigate = useNavigate();
  const pages = usePlaces();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const query = useDeferredValue(typed.trim());
  const found = useQuery(ask.memberFind(query));

  const choices = useMemo(() => {
    const wanted = query.toLocaleLowerCase();
    const members: Choice[] = query
      ? (found.data?.items ?? []).map((row) => ({
          id: row.id,
          name: calledOf(row, t),
          note: [row.masked_phone, row.tier?.name].filter(Boolean).join(' · '),
          go: paths.member(row.id),
        }))
      : [];
    return [...pages.filter((page) => page.name.toLocaleLowerCase().includes(wanted)), ...members];
  }, [pages, found.data, query, t]);
  const active = Math.min(at, choices.length - 1);

  const go = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    void navigate(choice.go);
  };

  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={560} style={{ top: 72 }} title={null} aria-label={t('palette.open')}>
      <input
        className="palette-field"
        autoFocus
        value={typed}
        placeholder={t('palette.placeholder')}
        aria-label={t('palette.placeholder')}
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={choices[active] ? `palette-${choices[active].id}` : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'ArrowDown') setAt(Math.min(active + 1, choices.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(active - 1, 0));
          else if (event.key === 'Enter') go(choices[active]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="palette-list" role="listbox" className="palette-list" aria-label={t('palette.open')}>
        {choices.map((choice, index) => (
          <li
            key={choice.id}
            id={`palette-${choice.id}`}
            role="option"
            aria-selected={index === active}
            className="palette-choice"
            onMouseMove={() => setAt(index)}
            onClick={() => go(choice)}
          >
            <span>{choice.name}</span>
            <span className="faint">{choice.note}</span>
          </li>
        ))}
      </ul>
      {choices.length === 0 && !found.isFetching ? <p className="palette-none">{t('palette.none', { query })}</p> : null}
    </Modal>
  );
}
