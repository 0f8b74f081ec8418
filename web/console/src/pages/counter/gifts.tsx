import { useRef, useState } from 'react';
import { Button, Input, Modal, Segmented, type InputRef } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Member, OfferedGift, Reservation, TenderKind } from '@danggol/api';
import { handOverGift, lookUpReservation, reserveGift } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Field } from '../../parts/field';
import { GiftPicture } from '../../parts/gift-picture';
import { Trouble } from '../../parts/trouble';
import { tenderText } from '../../text/names';
import { moneyTenders } from './top-up';

const tenders: TenderKind[] = [...moneyTenders.filter((tender) => tender !== 'other'), 'stored_value', 'other'];

function forgetStocks(member: string): void {
  void queries.invalidateQueries({ queryKey: ['member', member] });
  void queries.invalidateQueries({ queryKey: ['members'] });
  void queries.invalidateQueries({ queryKey: ask.gifts().queryKey });
}

/** Hands a gift out that is put aside; what is to be paid beside its points is taken here. Enter does it. */
function HandOver({ gift, store, onDone, onLater }: { gift: Reservation; store: string; onDone: (gift: Reservation) => void; onLater: () => void }) {
  const t = useText();
  const format = useFormat();
  const [key] = useState(newIdempotencyKey);
  const [tender, setTender] = useState<TenderKind>('cash');
  const hand = useMutation({
    mutationFn: () => handOverGift(gift.id, { ...(gift.delivery ? {} : { store: store || gift.store }), ...(gift.amount_minor > 0 ? { tender } : {}) }, key),
    onSuccess: (result) => {
      forgetStocks(gift.member_id);
      onDone(result.reservation);
    },
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!hand.isPending) hand.mutate();
      }}
    >
      {gift.amount_minor > 0 ? (
        <Field label={t('gifts.pay', { amount: format.money(gift.amount_minor) })}>
          {({ id }) => <Segmented<TenderKind> id={id} className="top-up-tender" value={tender} options={tenders.map((value) => ({ value, label: t(tenderText[value]) }))} onChange={setTender} />}
        </Field>
      ) : null}
      {hand.isError ? <Trouble error={hand.error} /> : null}
      <div className="form-end">
        <Button onClick={onLater}>{t('action.close')}</Button>
        <Button type="primary" htmlType="submit" autoFocus loading={hand.isPending}>
          {gift.delivery ? t('gifts.send') : t('gifts.hand_over')} <kbd>Enter</kbd>
        </Button>
      </div>
    </form>
  );
}

function About({ gift, name }: { gift: Reservation; name: string | null }) {
  const t = useText();
  return (
    <p>
      <strong>{gift.name}</strong>
      {name ? ` · ${name}` : ''}
      <span className="soft"> · {[gift.store, t('unit.points', { n: gift.points }), t(`gifts.state.${gift.state}`)].join(' · ')}</span>
    </p>
  );
}

/** Collects a gift by the code that a member shows: type or scan, Enter, Enter. */
export function CollectDialog({ store, typed = '', onClose }: { store: string; typed?: string; onClose: () => void }) {
  const t = useText();
  const field = useRef<InputRef>(null);
  const [code, setCode] = useState(typed);
  const [done, setDone] = useState<Reservation | null>(null);
  const look = useMutation({ mutationFn: (text: string) => lookUpReservation(text) });
  const found = look.data;
  const again = () => {
    setCode('');
    setDone(null);
    look.reset();
    setTimeout(() => field.current?.focus());
  };
  return (
    <Modal open transitionName="" onCancel={onClose} afterOpenChange={(open) => open && field.current?.focus()} title={t('gifts.collect')} footer={null} width={520} destroyOnHidden>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim()) look.mutate(code.trim());
        }}
      >
        <Field label={t('gifts.collect_code')} hint={t('gifts.collect_hint')}>
          {({ status: _, ...control }) => (
            <Input
              {...control}
              ref={field}
              autoComplete="off"
              spellCheck={false}
              maxLength={64}
              value={code}
              onChange={(event) => {
                setCode(event.target.value);
                if (found) look.reset();
              }}
            />
          )}
        </Field>
        {found ? null : (
          <div className="form-end">
            <Button onClick={onClose}>{t('action.close')}</Button>
            <Button type="primary" htmlType="submit" disabled={!code.trim()} loading={look.isPending}>
              {t('gifts.look_up')} <kbd>Enter</kbd>
            </Button>
          </div>
        )}
      </form>
      {look.isError ? <Trouble error={look.error} /> : null}
      <div className="gift-step" aria-live="polite">{found ? <About gift={done ?? found.reservation} name={found.member_name ?? null} /> : null}</div>
      {found && !done && found.reservation.state === 'reserved' ? <HandOver key={found.reservation.id} gift={found.reservation} store={store} onDone={setDone} onLater={onClose} /> : null}
      {found && (done || found.reservation.state !== 'reserved') ? (
        <div className="form-end">
          <Button onClick={onClose}>{t('action.close')}</Button>
          <Button type="primary" autoFocus onClick={again}>
            {t('gifts.next')}
          </Button>
        </div>
      ) : null}
    </Modal>
  );
}

function Offer({ offer, store, chosen, onChoose }: { offer: OfferedGift; store: string; chosen: boolean; onChoose: () => void }) {
  const t = useText();
  const format = useFormat();
  const here = offer.stocks.find((stock) => stock.store === store);
  const lacking = !offer.refused && (here?.left ?? 0) < 1 ? t('gifts.not_here') : null;
  return (
    <li>
      <button type="button" className="gift-offer" aria-pressed={chosen} disabled={Boolean(offer.refused) || lacking !== null} onClick={onChoose}>
        <GiftPicture id={offer.picture} />
        <span className="gift-offer-words">
          <strong>{offer.name}</strong>
          <span className="soft small">{[t('unit.points', { n: offer.points }), offer.amount_minor > 0 ? `+ ${format.money(offer.amount_minor)}` : '', here ? t('gifts.left_n', { n: here.left }) : ''].filter(Boolean).join(' · ')}</span>
          {(offer.text ?? lacking) ? <span className="faint small">{offer.text ?? lacking}</span> : null}
        </span>
      </button>
    </li>
  );
}

/** What a member can have for her points at this store: choose, Enter puts it aside, Enter again hands it out. */
export function GiftsDialog({ member, store, onClose }: { member: Member; store: string; onClose: () => void }) {
  const t = useText();
  const [key, setKey] = useState(newIdempotencyKey);
  const [chosen, setChosen] = useState<string | null>(null);
  const [aside, setAside] = useState<Reservation | null>(null);
  const [handed, setHanded] = useState(false);
  const offers = useQuery(ask.giftOffers(member.id));
  const items = (offers.data?.items ?? []).filter((offer) => offer.collected);
  const reserve = useMutation({
    mutationFn: () => reserveGift(member.id, { gift_id: chosen ?? '', store }, key),
    onSuccess: (result) => {
      setAside(result.reservation);
      forgetStocks(member.id);
    },
    onSettled: () => setKey(newIdempotencyKey()),
  });
  return (
    <Modal open transitionName="" onCancel={onClose} title={t('gifts.for_her', { name: member.name ?? t('member.nameless') })} footer={null} width={560} destroyOnHidden>
      {offers.isPending ? <Bones lines={4} /> : null}
      {offers.isError ? <Trouble error={offers.error} retry={() => void offers.refetch()} /> : null}
      {aside ? (
        <>
          <div className="gift-step" role="status">
            <About gift={aside} name={null} />
            {aside.code ? <p className="coupon-code gift-code">{aside.code}</p> : null}
            {handed ? <p>{t('gifts.handed_done')}</p> : null}
          </div>
          {handed ? (
            <div className="form-end">
              <Button autoFocus onClick={onClose}>
                {t('action.close')}
              </Button>
            </div>
          ) : (
            <HandOver gift={aside} store={store} onDone={() => setHanded(true)} onLater={onClose} />
          )}
        </>
      ) : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            if (chosen && store && !reserve.isPending) reserve.mutate();
          }}
        >
          {store ? null : <p className="field-fault">{t('gifts.choose_store')}</p>}
          {offers.isSuccess && items.length === 0 ? <p className="soft">{t('gifts.none_offered')}</p> : null}
          <ul className="gift-offers" aria-label={t('gifts.title')}>
            {items.map((offer) => (
              <Offer key={offer.gift_id} offer={offer} store={store} chosen={chosen === offer.gift_id} onChoose={() => setChosen(offer.gift_id)} />
            ))}
          </ul>
          {reserve.isError ? <Trouble error={reserve.error} /> : null}
          <div className="form-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="primary" htmlType="submit" disabled={!chosen || !store} loading={reserve.isPending}>
              {t('gifts.reserve')}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
