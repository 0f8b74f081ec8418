import { useState } from 'react';
import { Checkbox, Input, Tag } from 'antd';
import { useQuery } from '@tanstack/react-query';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';

/** The most coupons that a purchase takes. */
const most = 20;

/** Which coupons a purchase names: those chosen here, or by itself all that she may use where products stand at their list prices. */
export function useCoupons(member: string, listed: boolean) {
  const [chosen, choose] = useState<string[] | null>(null);
  const found = useQuery({ ...ask.memberCoupons(member), retry: false });
  const usable = (found.data?.items ?? []).filter((coupon) => coupon.usable);
  const named = chosen ?? (listed ? usable.map((coupon) => coupon.id).slice(0, most) : []);
  return { usable, named, choose };
}

/** The coupons that she has, ticked where the purchase names them, and the codes that she shows. */
export function Coupons({ usable, named, choose }: ReturnType<typeof useCoupons>) {
  const t = useText();
  const format = useFormat();
  const [code, setCode] = useState('');
  const ids = new Set(usable.map((coupon) => coupon.id));
  const codes = named.filter((name) => !ids.has(name));
  const add = () => {
    const typed = code.normalize('NFKC').trim();
    if (!typed || named.length >= most) return;
    if (!named.includes(typed)) choose([...named, typed]);
    setCode('');
  };
  return (
    <fieldset className="sale-coupons">
      <legend>{t('coupons.title')}</legend>
      {usable.map((coupon) => (
        <Checkbox
          key={coupon.id}
          checked={named.includes(coupon.id)}
          disabled={!named.includes(coupon.id) && named.length >= most}
          onChange={(event) => choose(event.target.checked ? [...named, coupon.id] : named.filter((name) => name !== coupon.id))}
        >
          {coupon.name} <span className="soft small">{coupon.text}</span> <span className="faint small">{t('coupons.until', { date: format.date(coupon.valid_until) })}</span>
        </Checkbox>
      ))}
      <div className="inline">
        <Input
          className="coupon-typed"
          aria-label={t('coupons.claim')}
          placeholder={t('coupons.claim')}
          autoComplete="off"
          maxLength={40}
          value={code}
          onChange={(event) => setCode(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
            event.preventDefault();
            add();
          }}
        />
        {codes.map((name) => (
          <Tag key={name} closable onClose={() => choose(named.filter((other) => other !== name))}>
            {name}
          </Tag>
        ))}
      </div>
    </fieldset>
  );
}
