import { useState } from 'react';
import { App, Button, Input, Modal, Select } from 'antd';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import type { Coupon } from '@danggol/api';
import { giveCoupon, releaseCoupon, voidCoupon } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';

const again = (id: string) => queries.invalidateQueries({ queryKey: ['member', id] });

function VoidDialog({ id, coupon, onClose }: { id: string; coupon: Coupon; onClose: () => void }) {
  const t = useText();
  const [reason, setReason] = useState('');
  const take = useMutation({
    mutationFn: () => voidCoupon(coupon.id, reason.trim()),
    onSuccess: () => {
      void again(id);
      onClose();
    },
  });
  return (
    <Modal open onCancel={onClose} title={t('coupons.void_title', { name: coupon.name })} footer={null} width={420}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim()) take.mutate();
        }}
      >
        <Field label={t('adjust.reason')}>{(control) => <Input {...control} autoFocus maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />}</Field>
        {take.isError ? <Trouble error={take.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button danger type="primary" htmlType="submit" disabled={!reason.trim()} loading={take.isPending}>
            {t('coupons.void')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

/** Hands a coupon on: shows the code by which a friend claims it. */
function ReleaseDialog({ id, coupon, onClose }: { id: string; coupon: Coupon; onClose: () => void }) {
  const t = useText();
  const [key] = useState(newIdempotencyKey);
  const hand = useMutation({ mutationFn: () => releaseCoupon(coupon.id, key), onSuccess: () => again(id) });
  return (
    <Modal open onCancel={onClose} title={t('coupons.release_title', { name: coupon.name })} footer={null} width={420}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          hand.mutate();
        }}
      >
        <p className="soft">{t('coupons.release_lead')}</p>
        {hand.data ? <p className="coupon-code" role="status">{hand.data.code}</p> : null}
        {hand.isError ? <Trouble error={hand.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.close')}</Button>
          {hand.data ? null : (
            <Button type="primary" htmlType="submit" loading={hand.isPending}>
              {t('coupons.release')}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}

/** A coupon by hand: one of the kinds that are given, or the code that she shows. */
function Give({ id, gives }: { id: string; gives: boolean }) {
  const t = useText();
  const { message } = App.useApp();
  const [code, setCode] = useState('');
  const [key, setKey] = useState(newIdempotencyKey);
  const templates = useInfiniteQuery({ ...ask.couponTemplates(), enabled: gives });
  const give = useMutation({
    mutationFn: (what: { template_id: string } | { code: string }) => giveCoupon(id, what, key),
    onSuccess: (result) => {
      setCode('');
      void message.success(t('coupons.given', { name: result.coupon.name }));
      void again(id);
    },
    onSettled: () => setKey(newIdempotencyKey()),
  });
  const open = templates.data?.pages.flatMap((page) => page.items).filter((record) => record.open) ?? [];
  return (
    <>
      <form
        className="inline"
        onSubmit={(event) => {
          event.preventDefault();
          if (code.trim()) give.mutate({ code: code.trim() });
        }}
      >
        <Input className="coupon-typed" aria-label={t('coupons.claim')} placeholder={t('coupons.claim')} autoComplete="off" maxLength={40} value={code} onChange={(event) => setCode(event.target.value)} />
        <Button htmlType="submit" disabled={!code.trim()} loading={give.isPending}>
          {t('action.add')}
        </Button>
      </form>
      {open.length > 0 ? (
        <Select
          aria-label={t('coupons.give')}
          placeholder={t('coupons.give')}
          value={null}
          loading={give.isPending}
          showSearch={{ optionFilterProp: 'label' }}
          options={open.map((record) => ({ value: record.id, label: record.template.offer.name }))}
          onChange={(template: string | null) => {
            if (template) give.mutate({ template_id: template });
          }}
        />
      ) : null}
      {give.isError ? <Trouble error={give.error} /> : null}
    </>
  );
}

/** The coupons that a member has: what each takes off and until when; given, claimed and taken away here. */
export function MemberCoupons({ id, open }: { id: string; open: boolean }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [taking, setTaking] = useState<Coupon | null>(null);
  const [handing, setHanding] = useState<Coupon | null>(null);
  const found = useQuery(ask.memberCoupons(id));
  const items = found.data?.items ?? [];
  const usable = items.filter((coupon) => coupon.usable);
  const others = items.filter((coupon) => !coupon.usable);
  const gives = may(user.role, 'adjust');
  const state = (coupon: Coupon) => {
    if (coupon.state !== 'issued') return t(`coupons.state.${coupon.state}`);
    return t('coupons.days_of', { from: format.date(coupon.valid_from), until: format.date(coupon.valid_until) });
  };
  return (
    <section className="section" aria-label={t('coupons.of_hers')}>
      <h2>{t('coupons.of_hers')}</h2>
      {found.isPending ? <Bones lines={2} /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isSuccess && usable.length === 0 ? <p className="soft">{t('coupons.none_of_hers')}</p> : null}
      <ul className="member-coupons">
        {usable.map((coupon) => (
          <li key={coupon.id}>
            <span>
              <strong>{coupon.name}</strong> <span className="soft small">{coupon.text}</span>
              <span className="faint small"> · {t('coupons.until', { date: format.date(coupon.valid_until) })}</span>
            </span>
            {coupon.transferable && open && may(user.role, 'sell') ? (
              <Button size="small" onClick={() => setHanding(coupon)} aria-label={`${t('coupons.release')}: ${coupon.name}`}>
                {t('coupons.release')}
              </Button>
            ) : null}
            {gives ? (
              <Button size="small" onClick={() => setTaking(coupon)} aria-label={`${t('coupons.void')}: ${coupon.name}`}>
                {t('coupons.void')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {open && may(user.role, 'sell') ? <Give id={id} gives={gives} /> : null}
      {others.length > 0 ? (
        <details className="small">
          <summary className="soft">{t('coupons.others', { n: others.length })}</summary>
          <ul className="member-coupons">
            {others.map((coupon) => (
              <li key={coupon.id}>
                <span>
                  {coupon.name} <span className="soft">{state(coupon)}</span>
                </span>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
      {handing ? <ReleaseDialog id={id} coupon={handing} onClose={() => setHanding(null)} /> : null}
      {taking ? <VoidDialog id={id} coupon={taking} onClose={() => setTaking(null)} /> : null}
    </section>
  );
}
