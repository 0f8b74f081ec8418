import { useEffect, useState } from 'react';
import { AutoComplete, Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useParams } from 'react-router';
import type { MemberRow, PurchaseResult } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { useTitle } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { Find } from './find';
import { CollectDialog } from './gifts';
import { Result } from './result';
import { Sale } from './sale';
import { keepStore, keptStore } from './store';
import './counter.css';

export interface Recent {
  id: string;
  name: string | null;
}

/** Whom this counter has served since the page was opened; kept in memory only, because the screen is shared. */
let recents: Recent[] = [];

function remember(one: Recent): void {
  recents = [one, ...recents.filter((other) => other.id !== one.id)].slice(0, 5);
}

function StorePicker({ store, choose }: { store: string; choose: (store: string) => void }) {
  const t = useText();
  const stores = useQuery(ask.stores());
  return (
    <label className="counter-store">
      <span className="soft small">{t('counter.store')}</span>
      <AutoComplete
        value={store}
        aria-label={t('counter.store')}
        placeholder={t('counter.store_none')}
        options={(stores.data?.items ?? []).map((one) => ({ value: one.code, label: [one.code, one.name].filter(Boolean).join(' ') }))}
        showSearch={{ filterOption: (typed, option) => String(option?.value ?? '').toLowerCase().includes(typed.toLowerCase()) }}
        onChange={(value: string | undefined) => choose(value ?? '')}
      />
    </label>
  );
}

function Serve({ id, store, onDone, onBack, onScan }: { id: string; store: string; onDone: (result: PurchaseResult) => void; onBack: () => void; onScan: (text: string) => void }) {
  const member = useQuery(ask.member(id));
  if (member.isPending) return <Bones lines={6} tall />;
  if (member.isError) return <Trouble error={member.error} retry={() => void member.refetch()} />;
  return <Sale key={id} member={member.data} store={store} onDone={onDone} onBack={onBack} onScan={onScan} />;
}

/** The counter: find, serve, done, and again; every step by keyboard alone. */
export function Component() {
  const t = useText();
  const { user } = useSignedIn();
  const { id } = useParams();
  const navigate = useNavigate();
  const location = useLocation();
  const passed = (location.state as { typed?: string } | null)?.typed ?? '';
  const [store, setStore] = useState(keptStore);
  const [typed, setTyped] = useState(passed);
  const [collecting, setCollecting] = useState(false);
  const [done, setDone] = useState<{ result: PurchaseResult; name: string | null } | null>(null);
  const member = useQuery({ ...ask.member(id ?? ''), enabled: id !== undefined });
  useTitle(t('place.counter'));

  const name = member.data?.name ?? null;
  useEffect(() => {
    if (id && member.data) remember({ id, name });
  }, [id, member.data, name]);

  const open = (row: Pick<MemberRow, 'id'>) => {
    setTyped('');
    setDone(null);
    void navigate(paths.counterMember(row.id));
  };
  const back = () => {
    setDone(null);
    void navigate(paths.counter());
  };
  const scan = (text: string) => {
    setTyped(text);
    back();
  };

  return (
    <div className="counter">
      <header className="counter-head">
        <h1>{t('place.counter')}</h1>
        {may(user.role, 'sell') ? (
          <Button size="large" className="counter-collect" onClick={() => setCollecting(true)}>
            {t('gifts.collect')}
          </Button>
        ) : null}
        <StorePicker
          store={store}
          choose={(next) => {
            keepStore(next);
            setStore(next);
          }}
        />
      </header>
      {done ? (
        <Result result={done.result} name={done.name} onNext={back} />
      ) : id ? (
        <Serve id={id} store={store} onBack={back} onScan={scan} onDone={(result) => setDone({ result, name })} />
      ) : (
        <Find typed={typed} setTyped={setTyped} onOpen={open} recents={recents} store={store} />
      )}
      {collecting ? <CollectDialog store={store} onClose={() => setCollecting(false)} /> : null}
    </div>
  );
}
