import { useCallback, useMemo, useRef, useState } from 'react';
import { Button, Input } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { Member, NewPurchase, PurchaseResult, SavingsBasket } from '@danggol/api';
import { postPurchase, quotePurchase } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { useLater } from '../../parts/later';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { linesOf, mostRedeemable, totalOf, type Basket } from './basket';
import { BasketField, otherWay } from './basket-field';
import { Coupons, useCoupons } from './coupons';
import { GiftsDialog } from './gifts';
import { MemberSavings } from '../savings/of-member';
import { Quote } from './quote';
import { isScan, keystroke, noKeystrokes } from './scan';
import { Summary } from './summary';
import { TopUpDialog, valueOf } from './top-up';

interface Props {
  member: Member;
  store: string;
  onDone: (result: PurchaseResult) => void;
  onBack: () => void;
  onScan: (text: string) => void;
}

/** Posts what is in the basket; the key lives as long as the basket, so a second Enter cannot post twice. */
function usePost(member: Member, body: NewPurchase | null, onDone: Props['onDone']) {
  const [key] = useState(newIdempotencyKey);
  return useMutation({
    mutationFn: () => postPurchase(body as NewPurchase, key),
    onSuccess: (result) => {
      void queries.invalidateQueries({ queryKey: ['member', member.id] });
      void queries.invalidateQueries({ queryKey: ['members'] });
      void queries.invalidateQueries({ queryKey: ['today'] });
      onDone(result);
    },
  });
}

/** A purchase of one member: an amount (or lines), points to use, what it will give, Enter. */
export function Sale({ member, store, onDone, onBack, onScan }: Props) {
  const t = useText();
  const format = useFormat();
  const navigate = useNavigate();
  const { user, brand } = useSignedIn();
  const [basket, setBasket] = useState<Basket>({ kind: 'amount', typed: '' });
  const [redeem, setRedeem] = useState('');
  const [byValue, setByValue] = useState(false);
  const [toppingUp, setToppingUp] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const [comparing, setComparing] = useState(false);
  const run = useRef(noKeystrokes);
  const programme = useQuery({ ...ask.programme(), retry: false });
  const redemption = programme.data?.published.programme.redemption ?? null;
  // An amount is what the till has reckoned; products stand at their list prices, and the offers come off.
  const coupons = useCoupons(member.id, basket.kind === 'lines');
  const { named } = coupons;
  const listed = named.length > 0 || (basket.kind === 'lines' && (programme.data?.published.programme.offers ?? []).some((offer) => offer.enabled));

  const lines = linesOf(basket, brand.currency_exponent);
  const total = totalOf(lines);
  // What her household shares pays as well.
  const available = member.standing.points.available + (member.household_points ?? 0);
  const redeemed = /^\d{1,12}$/.test(redeem.normalize('NFKC')) ? Number(redeem.normalize('NFKC')) : 0;
  const most = redemption ? mostRedeemable(redemption, available, total) : available;
  const mayRedeem = available > 0 && (programme.isError || redemption !== null);

  const body = useMemo<NewPurchase | null>(
    () => (lines ? { member_id: member.id, channel: 'store', ...(store ? { store } : {}), lines, ...(listed ? { pricing: 'list' as const } : {}), ...(named.length > 0 ? { coupons: named } : {}), ...(redeemed > 0 ? { redeem_points: redeemed } : {}) } : null),
    [JSON.stringify(lines), member.id, store, listed, named.join(), redeemed],
  );
  const asked = useLater(body ? JSON.stringify(body) : '', 120);
  const quote = useQuery({
    queryKey: ['quote', asked],
    queryFn: ({ signal }) => quotePurchase(JSON.parse(asked) as NewPurchase, signal),
    enabled: asked !== '',
    placeholderData: (before) => before,
    staleTime: 0,
    gcTime: 0,
  });
  // What is to be paid is known once the basket is priced; stored value pays as much of it as there is.
  const isPriced = quote.data !== undefined && !quote.isPlaceholderData && body !== null && asked === JSON.stringify(body);
  const due = quote.data ? quote.data.purchase.amount_minor - quote.data.purchase.redeemed_minor : 0;
  const stored = valueOf(member.standing);
  const paid = byValue && isPriced ? Math.max(Math.min(stored, due), 0) : 0;
  const settled = useMemo<NewPurchase | null>(
    () => (body && paid > 0 ? { ...body, tenders: [{ kind: 'stored_value' as const, amount_minor: paid }, ...(due > paid ? [{ kind: 'other' as const, amount_minor: due - paid }] : [])] } : body),
    [body, paid, due],
  );
  const post = usePost(member, settled, onDone);
  const sell = may(user.role, 'sell') && (member.status === 'active' || member.status === 'unclaimed');
  const submit = () => {
    if (body && sell && !post.isPending && (!byValue || isPriced)) post.mutate();
  };
  const plan = programme.data?.published.programme.top_ups ?? null;
  const topUpIt = () => setToppingUp(plan !== null && sell);
  const endComparing = useCallback(() => setComparing(false), []);
  const useMost = () => setRedeem(redeemed === most || most === 0 ? '' : String(most));
  const swap = () => setBasket(otherWay(basket));

  const keyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = performance.now();
    if (event.key === 'Enter') {
      event.preventDefault();
      const text = event.currentTarget.value;
      if (isScan(run.current, now)) onScan(text.slice(-run.current.count));
      else submit();
      return;
    }
    if (event.key.length === 1) run.current = keystroke(run.current, now);
    if (event.code === 'KeyR' && mayRedeem) useMost();
    else if (event.code === 'KeyV' && stored > 0) setByValue(!byValue);
    else if (event.code === 'KeyC' && plan && sell) topUpIt();
    else if (event.code === 'KeyG' && sell) setChoosing(true);
    else if (event.code === 'KeyS') setComparing(true);
    else if (event.code === 'KeyL') swap();
    else if (event.code === 'KeyM') void navigate(paths.member(member.id));
    else return;
    event.preventDefault();
  };
  const fault = quote.error ?? post.error;
  const compared = useMemo<SavingsBasket | null>(
    () => (lines ? { member_id: member.id, channel: 'store', ...(store ? { store } : {}), lines, pricing: listed ? 'list' : 'paid' } : null),
    [JSON.stringify(lines), member.id, store, listed],
  );
  const aboutPoints = fieldOf(fault)?.includes('redeem') ?? false;

  if (comparing) return <MemberSavings member={member} basket={compared} onBack={endComparing} />;
  return (
    <>
      <div
        className="serve"
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.defaultPrevented) onBack();
        }}
      >
        <Summary member={member} />
        <form
          className="sale"
          aria-label={t('sale.title')}
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          {sell ? null : <p className="notice">{t('sale.not_allowed')}</p>}
          <BasketField basket={basket} onChange={setBasket} onSubmit={submit} onKeyDown={keyDown} onScan={onScan} />
          <div className="sale-tools">
            <Button size="large" onClick={swap}>
              {t(basket.kind === 'amount' ? 'sale.by_lines' : 'sale.by_amount')} {basket.kind === 'amount' ? <kbd>L</kbd> : null}
            </Button>
            {mayRedeem ? (
              <label className="sale-redeem">
                <span>{t('sale.redeem')}</span>
                <Input
                  size="large"
                  inputMode="numeric"
                  autoComplete="off"
                  value={redeem}
                  placeholder="0"
                  aria-label={t('sale.redeem_hint', { most })}
                  status={aboutPoints ? 'error' : ''}
                  onChange={(event) => setRedeem(event.target.value.normalize('NFKC').replace(/\D/g, ''))}
                  onKeyDown={(event) => {
                    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
                      event.preventDefault();
                      submit();
                    }
                  }}
                />
                <Button size="large" onClick={useMost} disabled={most === 0}>
                  {t('sale.redeem_most', { most })} <kbd>R</kbd>
                </Button>
              </label>
            ) : null}
            {stored > 0 ? (
              <Button size="large" type={byValue ? 'primary' : 'default'} aria-pressed={byValue} onClick={() => setByValue(!byValue)}>
                {due > 0 ? t('sale.value_most', { amount: format.money(Math.min(stored, due)) }) : t('sale.value_all')} <kbd>V</kbd>
              </Button>
            ) : null}
            {plan && sell ? (
              <Button size="large" onClick={topUpIt}>
                {t('top_up.open')} <kbd>C</kbd>
              </Button>
            ) : null}
            {sell ? (
              <Button size="large" onClick={() => setChoosing(true)}>
                {t('gifts.title')} <kbd>G</kbd>
              </Button>
            ) : null}
          </div>
          {aboutPoints ? (
            <p className="field-fault" role="alert">
              {sentenceOf(fault, t)}
            </p>
          ) : null}
          <Coupons {...coupons} />
          <Quote quote={body ? quote.data : undefined} total={total} byValue={paid} />
          {fault && !aboutPoints ? <Trouble error={fault} retry={post.isError ? submit : undefined} /> : null}
          <div className="inline sale-end">
            <Button type="primary" htmlType="submit" className="sale-post" disabled={!body || !sell} loading={post.isPending}>
              {t('sale.post')} <kbd>Enter</kbd>
            </Button>
            <Button size="large" onClick={onBack}>
              {t('action.back')} <kbd>Esc</kbd>
            </Button>
            <Button size="large" type="link" onClick={() => void navigate(paths.member(member.id))}>
              {t('sale.open_file')} <kbd>M</kbd>
            </Button>
            <Button size="large" type="link" onClick={() => setComparing(true)}>
              {t('savings.open')} <kbd>S</kbd>
            </Button>
          </div>
        </form>
      </div>
      {/* Beside it, so that Esc closes the dialog alone. */}
      {toppingUp && plan ? <TopUpDialog member={member} plan={plan} store={store} onClose={() => setToppingUp(false)} /> : null}
      {choosing ? <GiftsDialog member={member} store={store} onClose={() => setChoosing(false)} /> : null}
    </>
  );
}
