import { useEffect, useState } from 'react';
import { Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { SavingsBasket } from '@danggol/api';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { useTitle } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { useSignedIn } from '../../session';
import { linesOf, type Basket } from '../counter/basket';
import { BasketField, otherWay } from '../counter/basket-field';
import { keptStore } from '../counter/store';
import { Board } from './board';
import '../counter/counter.css';

/** The basket of somebody who is no member yet: what is in it, then what members of each tier would pay and earn. */
export function Component() {
  const t = useText();
  const navigate = useNavigate();
  const { brand } = useSignedIn();
  const [basket, setBasket] = useState<Basket>({ kind: 'lines', lines: [] });
  const [shown, setShown] = useState<SavingsBasket | null>(null);
  const savings = useQuery({ ...ask.basketSavings(shown), enabled: shown !== null });
  useTitle(t('savings.title'));
  const lines = linesOf(basket, brand.currency_exponent);
  const store = keptStore();
  const show = () => {
    // An amount is what the till has reckoned; products stand at their list prices.
    if (lines) setShown({ lines, pricing: basket.kind === 'lines' ? 'list' : 'paid', ...(store ? { store } : {}) });
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (shown) setShown(null);
      else void navigate(paths.counter());
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, [shown, navigate]);

  if (shown) {
    return (
      <section className="savings" aria-label={t('savings.title')}>
        <div className="savings-tools">
          <Button size="large" onClick={() => setShown(null)}>
            {t('action.back')} <kbd>Esc</kbd>
          </Button>
          <h1>{t('savings.basket')}</h1>
        </div>
        {savings.isError ? <Trouble error={savings.error} retry={() => void savings.refetch()} /> : savings.data ? <Board savings={savings.data} isYear={false} /> : <Bones lines={6} tall />}
      </section>
    );
  }
  return (
    <section className="savings counter" aria-label={t('savings.walk_in')}>
      <h1>{t('savings.walk_in')}</h1>
      <p className="lead">{t('savings.walk_in_lead')}</p>
      <form
        className="sale"
        onSubmit={(event) => {
          event.preventDefault();
          show();
        }}
      >
        <BasketField basket={basket} onChange={setBasket} onSubmit={show} hint={t('savings.product_hint')} />
        <div className="inline sale-end">
          <Button type="primary" htmlType="submit" className="sale-post" disabled={!lines}>
            {t('savings.show')} <kbd>Enter</kbd>
          </Button>
          <Button size="large" onClick={() => setBasket(otherWay(basket))}>
            {t(basket.kind === 'amount' ? 'sale.by_lines' : 'sale.by_amount')}
          </Button>
          <Button size="large" onClick={() => void navigate(paths.counter())}>
            {t('action.back')} <kbd>Esc</kbd>
          </Button>
        </div>
      </form>
    </section>
  );
}
