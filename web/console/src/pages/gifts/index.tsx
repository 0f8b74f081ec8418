import { useState } from 'react';
import { Button } from 'antd';
import { useQuery } from '@tanstack/react-query';
import type { Festival, Gift } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { BenefitTabs } from '../../parts/benefit-tabs';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { GiftPicture } from '../../parts/gift-picture';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';
import { FestivalDialog } from './festival-dialog';
import { GiftDrawer } from './gift-drawer';
import { StockDialog } from './stock-dialog';
import './gifts.css';

interface Does {
  festivals: Festival[];
  onChange: ((gift: Gift) => void) | null;
  onStock: ((gift: Gift) => void) | null;
}

function Row({ gift, festivals, onChange, onStock }: { gift: Gift } & Does) {
  const t = useText();
  const format = useFormat();
  const { terms } = gift;
  const festival = festivals.find((one) => one.id === terms.festival);
  const left = gift.stocks.reduce((sum, stock) => sum + stock.left, 0);
  const state = terms.open ? (festival ? festival.name : t('gifts.always')) : t('gifts.closed');
  return (
    <tr>
      <td>
        <div className="gift-cell">
          <GiftPicture id={terms.picture} />
          <div className="gift-name">
            <strong>{gift.name}</strong>
            <span className="faint small">{[terms.code, terms.category, state].filter(Boolean).join(' · ')}</span>
          </div>
        </div>
      </td>
      <td className="number">
        {t('unit.points', { n: terms.points })}
        {terms.amount_minor > 0 ? <span className="soft small gift-beside">+ {format.money(terms.amount_minor)}</span> : null}
      </td>
      <td className="number">
        {format.number(left)}
        <span className="faint small gift-beside">{gift.stocks.map((stock) => `${stock.store} ${format.number(stock.left)}`).join(' · ') || t('gifts.no_store')}</span>
      </td>
      <td className="number">{format.number(gift.stocks.reduce((sum, stock) => sum + stock.reserved, 0))}</td>
      <td className="number">{format.number(gift.stocks.reduce((sum, stock) => sum + stock.handed, 0))}</td>
      <td>
        <div className="gift-acts">
          {onStock ? (
            <Button size="small" onClick={() => onStock(gift)} aria-label={`${t('gifts.stock')}: ${gift.name}`}>
              {t('gifts.stock')}
            </Button>
          ) : null}
          {onChange ? (
            <Button size="small" onClick={() => onChange(gift)} aria-label={`${t('gifts.change')}: ${gift.name}`}>
              {t('gifts.change')}
            </Button>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

function FestivalList({ items, onChange }: { items: Festival[]; onChange: ((festival: Festival) => void) | null }) {
  const t = useText();
  const format = useFormat();
  return (
    <section className="section" aria-label={t('festivals.title')}>
      <h2>{t('festivals.title')}</h2>
      {items.length === 0 ? <p className="soft">{t('festivals.empty')}</p> : null}
      <ul className="festivals">
        {items.map((festival) => (
          <li key={festival.id}>
            <span>
              <strong>{festival.name}</strong>{' '}
              <span className="soft">
                {format.date(festival.terms.from)} – {format.date(festival.terms.until)}
                {festival.current ? ` · ${t('festivals.current')}` : ''}
              </span>
            </span>
            {onChange ? (
              <Button size="small" onClick={() => onChange(festival)} aria-label={`${t('gifts.change')}: ${festival.name}`}>
                {t('gifts.change')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The catalogue of gifts: what each costs, what stores have of it, and the festivals with gifts of their own. */
export function Component() {
  const t = useText();
  const { user } = useSignedIn();
  const [editing, setEditing] = useState<Gift | 'new' | null>(null);
  const [stocking, setStocking] = useState<string | null>(null);
  const [dating, setDating] = useState<Festival | 'new' | null>(null);
  const gifts = useQuery(ask.gifts());
  const festivals = useQuery(ask.festivals());
  const edits = may(user.role, 'edit_programme');
  const items = gifts.data?.items ?? [];
  const known = festivals.data?.items ?? [];
  const stocked = items.find((gift) => gift.id === stocking);
  return (
    <PageFrame
      title={t('gifts.title')}
      lead={t('gifts.lead')}
      actions={
        edits ? (
          <>
            <Button onClick={() => setDating('new')}>{t('festivals.new')}</Button>
            <Button type="primary" onClick={() => setEditing('new')}>
              {t('gifts.new')}
            </Button>
          </>
        ) : null
      }
    >
      <BenefitTabs />
      {gifts.isPending ? <Bones lines={5} /> : null}
      {gifts.isError ? <Trouble error={gifts.error} retry={() => void gifts.refetch()} /> : null}
      {gifts.isSuccess && items.length === 0 ? <Empty title={t('gifts.empty')}>{t('gifts.empty_lead')}</Empty> : null}
      {items.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={t('gifts.title')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('gifts.gift')}</th>
                <th scope="col" className="number">
                  {t('gifts.price')}
                </th>
                <th scope="col" className="number">
                  {t('gifts.left')}
                </th>
                <th scope="col" className="number">
                  {t('gifts.state.reserved')}
                </th>
                <th scope="col" className="number">
                  {t('gifts.state.handed')}
                </th>
                <th scope="col" aria-label={t('coupons.acts')} />
              </tr>
            </thead>
            <tbody>
              {items.map((gift) => (
                <Row key={gift.id} gift={gift} festivals={known} onChange={edits ? setEditing : null} onStock={may(user.role, 'adjust') ? (one) => setStocking(one.id) : null} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {festivals.isError ? <Trouble error={festivals.error} retry={() => void festivals.refetch()} /> : null}
      {festivals.isSuccess ? <FestivalList items={known} onChange={edits ? setDating : null} /> : null}
      {editing ? <GiftDrawer gift={editing === 'new' ? null : editing} festivals={known} onClose={() => setEditing(null)} /> : null}
      {stocked ? <StockDialog gift={stocked} onClose={() => setStocking(null)} /> : null}
      {dating ? <FestivalDialog festival={dating === 'new' ? null : dating} onClose={() => setDating(null)} /> : null}
    </PageFrame>
  );
}
