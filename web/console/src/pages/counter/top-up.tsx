import { useEffect, useRef, useState } from 'react';
import { App, Button, Modal, Segmented } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Member, NewTopUp, TopUps } from '@danggol/api';
import { topUp } from '../../data/api';
import { queries } from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { useLater } from '../../parts/later';
import { MoneyField } from '../../parts/money-field';
import { Trouble } from '../../parts/trouble';
import { tenderText } from '../../text/names';

/** By what money is paid in and out. */
export const moneyTenders: NewTopUp['tender'][] = ['cash', 'card', 'wechat', 'alipay', 'kakaopay', 'other'];

/** What she has of stored value altogether. */
export function valueOf(standing: Member['standing']): number {
  return standing.value_principal.available + standing.value_bonus.available;
}

interface Props {
  member: Member;
  plan: TopUps;
  store: string;
  onClose: () => void;
}

/** Takes money that a member pays in; what the plan adds stands there before it is done. */
export function TopUpDialog({ member, plan, store, onClose }: Props) {
  const t = useText();
  const format = useFormat();
  const { message } = App.useApp();
  const [amount, setAmount] = useState<number | null>(null);
  const [tender, setTender] = useState<NewTopUp['tender']>('cash');
  const [key] = useState(newIdempotencyKey);
  const form = useRef<HTMLFormElement>(null);
  // A dialog takes the focus when it has opened; it opens at once, so that nothing is lost of what a clerk types meanwhile.
  const focus = (open: boolean) => {
    if (open) form.current?.querySelector<HTMLInputElement>('input[inputmode=decimal]')?.focus();
  };
  // And what she types between its being there and that goes where it belongs.
  useEffect(() => {
    const take = (event: KeyboardEvent) => focus(/^\d$/.test(event.key) && !(document.activeElement instanceof HTMLInputElement));
    window.addEventListener('keydown', take);
    return () => window.removeEventListener('keydown', take);
  }, []);
  const body = (amount_minor: number): NewTopUp => ({ amount_minor, tender, ...(store ? { store } : {}) });
  const asked = useLater(amount ?? 0, 150);
  const effect = useQuery({
    queryKey: ['top-up-effect', member.id, asked],
    queryFn: () => topUp(member.id, body(asked), { dryRun: true }),
    enabled: asked > 0,
    staleTime: 0,
    gcTime: 0,
  });
  const doTopUp = useMutation({
    mutationFn: () => topUp(member.id, body(amount ?? 0), { dryRun: false, idempotencyKey: key }),
    onSuccess: (result) => {
      void message.success(t('top_up.done', { amount: format.money(amount ?? 0), after: format.money(valueOf(result.standing)) }));
      void queries.invalidateQueries({ queryKey: ['member', member.id] });
      void queries.invalidateQueries({ queryKey: ['members'] });
      onClose();
    },
  });
  const ready = amount !== null && amount > 0 && !effect.isError;
  return (
    <Modal open transitionName="" onCancel={onClose} afterOpenChange={focus} title={t('top_up.title', { name: member.name ?? t('member.nameless') })} footer={null} width={520} destroyOnHidden>
      <form
        ref={form}
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !doTopUp.isPending) doTopUp.mutate();
        }}
      >
        {plan.steps.length > 0 ? (
          <div className="top-up-steps" role="group" aria-label={t('top_up.steps')}>
            {plan.steps.map((step) => (
              <button key={step.id} type="button" className="top-up-step" aria-pressed={amount === step.from_minor} onClick={() => setAmount(step.from_minor)}>
                <strong>{format.money(step.from_minor)}</strong>
                <span className="gain top-up-gifts">
                  {[step.bonus_minor > 0 ? `+${format.money(step.bonus_minor)}` : '', step.points > 0 ? t('points.signed', { n: format.signed(step.points) }) : '', step.coupon ? t('top_up.coupon') : ''].filter(Boolean).map((gift) => (
                    <span key={gift}>{gift}</span>
                  ))}
                </span>
                <span className="small soft">{step.name}</span>
              </button>
            ))}
          </div>
        ) : null}
        <Field label={t('top_up.amount')}>{(control) => <MoneyField {...control} value={amount} onChange={setAmount} />}</Field>
        <Field label={t('top_up.tender')}>
          {({ id }) => <Segmented<NewTopUp['tender']> id={id} className="top-up-tender" value={tender} options={moneyTenders.map((value) => ({ value, label: t(tenderText[value]) }))} onChange={setTender} />}
        </Field>
        <div className="effect" aria-live="polite">
          {effect.isError ? <Trouble error={effect.error} /> : null}
          {effect.data && amount ? (
            <>
              <p>{t('top_up.effect', { before: format.money(valueOf(member.standing)), after: format.money(valueOf(effect.data.standing)) })}</p>
              <p className="small soft">{effect.data.entry.why.map((why) => why.text).join(' · ')}</p>
            </>
          ) : null}
        </div>
        {doTopUp.isError ? <Trouble error={doTopUp.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={!ready} loading={doTopUp.isPending}>
            {amount ? t('top_up.confirm', { amount: format.money(amount) }) : t('top_up.open')} <kbd>Enter</kbd>
          </Button>
        </div>
      </form>
    </Modal>
  );
}
