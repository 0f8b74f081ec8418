import { useEffect, useState } from 'react';
import { Button, Input, Segmented } from 'antd';
import { useQuery } from '@tanstack/react-query';
import type { Member, SavingsBasket } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';
import { Board } from './board';

interface Props {
  member: Member;
  /** What lies on the counter, where anything does. */
  basket: SavingsBasket | null;
  onBack: () => void;
}

/** What membership is worth to one member: for what lies on the counter, and for what she bought in a year or any other time. */
export function MemberSavings({ member, basket, onBack }: Props) {
  const t = useText();
  const [what, setWhat] = useState<'basket' | 'period'>(basket ? 'basket' : 'period');
  const [days, setDays] = useState<{ from?: string; to?: string }>({});
  const ofBasket = useQuery({ ...ask.basketSavings(basket), enabled: what === 'basket' && basket !== null });
  const ofPeriod = useQuery({ ...ask.memberSavings(member.id, days), enabled: what === 'period' });
  const savings = what === 'basket' ? ofBasket : ofPeriod;
  const set = (part: { from?: string; to?: string }) => {
    const next = { ...days, ...part };
    setDays({ ...(next.from ? { from: next.from } : {}), ...(next.to ? { to: next.to } : {}) });
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) onBack();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [onBack]);
  return (
    <section className="savings" aria-label={t('savings.title')}>
      <div className="savings-tools">
        <Button size="large" onClick={onBack}>
          {t('action.back')} <kbd>Esc</kbd>
        </Button>
        <h1>{member.name ?? t('member.nameless')}</h1>
        {basket ? (
          <Segmented
            size="large"
            value={what}
            onChange={setWhat}
            options={[
              { value: 'basket' as const, label: t('savings.basket') },
              { value: 'period' as const, label: t('savings.period') },
            ]}
          />
        ) : null}
        {what === 'period' && (ofPeriod.data || days.from || days.to) ? (
          <span className="savings-days">
            <Input type="date" aria-label={t('savings.from')} value={days.from ?? ofPeriod.data?.from ?? ''} onChange={(event) => set({ from: event.target.value })} />
            <span aria-hidden="true">–</span>
            <Input type="date" aria-label={t('savings.to')} value={days.to ?? ofPeriod.data?.to ?? ''} onChange={(event) => set({ to: event.target.value })} />
          </span>
        ) : null}
      </div>
      {savings.isError ? <Trouble error={savings.error} retry={() => void savings.refetch()} /> : null}
      {savings.data ? <Board key={what} savings={savings.data} isYear={!days.from && !days.to} /> : savings.isPending ? <Bones lines={6} tall /> : null}
    </section>
  );
}
