import { useEffect, useRef, useState } from 'react';
import { Input, type InputRef } from 'antd';
import { SearchOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { MemberRow } from '@danggol/api';
import * as ask from '../../data/queries';
import { queries } from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';
import { useLater } from '../../parts/later';
import { TierBadge } from '../../parts/tier-badge';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { Enrol } from './enrol';
import type { Recent } from './index';

interface Props {
  typed: string;
  setTyped: (typed: string) => void;
  onOpen: (row: Pick<MemberRow, 'id'>) => void;
  recents: Recent[];
  store: string;
}

function Found({ rows, at, setAt, onOpen }: { rows: MemberRow[]; at: number; setAt: (at: number) => void; onOpen: Props['onOpen'] }) {
  const t = useText();
  const format = useFormat();
  return (
    <ul id="found" role="listbox" aria-label={t('counter.found_list')} className="found">
      {rows.map((row, index) => (
        <li key={row.id} id={`found-${row.id}`} role="option" aria-selected={index === at} className="found-one" onMouseMove={() => setAt(index)} onClick={() => onOpen(row)}>
          <span className="found-name">
            {calledOf(row, t)} {row.tier ? <TierBadge name={row.tier.name} /> : null}
          </span>
          <span className="soft">{row.masked_phone ?? row.card_no}</span>
          <span className="soft found-last">{row.last_purchase_at ? format.ago(row.last_purchase_at) : ''}</span>
          <span className="number">{t('unit.points', { n: row.points })}</span>
        </li>
      ))}
    </ul>
  );
}

/** One field: typing finds, Enter opens, a scan opens at once, Esc clears. */
export function Find({ typed, setTyped, onOpen, recents, store }: Props) {
  const t = useText();
  const { user } = useSignedIn();
  const field = useRef<InputRef>(null);
  const [at, setAt] = useState(0);
  const [enrolling, setEnrolling] = useState(false);
  const now = typed.trim();
  const query = useLater(now, 90);
  const found = useQuery({ ...ask.memberFind(query), placeholderData: query ? (before) => before : undefined });
  const rows = query ? (found.data?.items ?? []) : [];
  const active = Math.min(at, rows.length - 1);
  const settled = query === now && !found.isFetching && !found.isPlaceholderData;
  const nobody = now !== '' && settled && found.isSuccess && rows.length === 0;
  const mayEnrol = may(user.role, 'enrol');

  useEffect(() => setAt(0), [query]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const busy = document.activeElement instanceof HTMLElement && document.activeElement.closest('input, textarea, button, a, [role="dialog"], [role="combobox"]');
      if (busy || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
      field.current?.focus();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  const enter = async () => {
    if (now === '') return;
    const row = settled ? rows[active] : undefined;
    if (row) return onOpen(row);
    const answer = await queries.fetchQuery(ask.memberFind(now)).catch(() => null);
    const only = answer?.items.length === 1 ? answer.items[0] : undefined;
    if (only) onOpen(only);
    else if (answer?.items.length === 0 && mayEnrol) setEnrolling(true);
  };

  const keyDown = (event: React.KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') setAt(Math.min(active + 1, rows.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(active - 1, 0));
    else if (event.key === 'Enter') void enter();
    else if (event.key === 'Escape') setTyped('');
    else return;
    event.preventDefault();
  };

  if (enrolling) {
    return (
      <Enrol
        typed={now}
        store={store}
        onOpen={onOpen}
        onBack={() => {
          setEnrolling(false);
          setTimeout(() => field.current?.focus());
        }}
      />
    );
  }
  return (
    <section className="find-stage" aria-label={t('counter.find')}>
      <Input
        ref={field}
        className="counter-field"
        autoFocus
        autoComplete="off"
        spellCheck={false}
        prefix={<SearchOutlined aria-hidden="true" />}
        value={typed}
        placeholder={t('counter.placeholder')}
        aria-label={t('counter.find')}
        role="combobox"
        aria-expanded={rows.length > 0}
        aria-controls="found"
        aria-activedescendant={rows[active] ? `found-${rows[active].id}` : undefined}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={keyDown}
      />
      <p className="only-heard" role="status">
        {nobody ? t('counter.nobody', { typed: now }) : settled && rows.length > 0 ? t('members.found', { n: rows.length }) : ''}
      </p>
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {rows.length > 0 ? <Found rows={rows} at={active} setAt={setAt} onOpen={onOpen} /> : null}
      {nobody ? (
        <div className="nobody">
          <p>{t('counter.nobody', { typed: now })}</p>
          {mayEnrol ? (
            <button type="button" className="big-choice" onClick={() => setEnrolling(true)}>
              {t('counter.enrol_now')} <kbd>Enter</kbd>
            </button>
          ) : null}
          {may(user.role, 'sell') ? <Link to={paths.walkInSavings()}>{t('savings.walk_in')}</Link> : null}
        </div>
      ) : null}
      {now === '' ? (
        <div className="counter-help">
          <p className="soft">
            <kbd>Enter</kbd> {t('counter.help_enter')} <kbd>Esc</kbd> {t('counter.help_escape')}
          </p>
          {recents.length > 0 ? (
            <div className="recents">
              <span className="soft small">{t('counter.recent')}</span>
              {recents.map((one) => (
                <button key={one.id} type="button" className="chip" onClick={() => onOpen(one)}>
                  {one.name ?? t('member.nameless')}
                </button>
              ))}
            </div>
          ) : null}
          {mayEnrol ? (
            <button type="button" className="plain-button" onClick={() => setEnrolling(true)}>
              {t('counter.enrol')}
            </button>
          ) : null}
          {may(user.role, 'sell') ? <Link to={paths.walkInSavings()}>{t('savings.walk_in')}</Link> : null}
        </div>
      ) : null}
    </section>
  );
}
