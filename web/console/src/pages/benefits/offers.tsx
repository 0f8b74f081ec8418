import { useState } from 'react';
import { Button } from 'antd';
import type { Offer } from '@danggol/api';
import { useText } from '../../language';
import { useDraft } from './draft';
import { freshId, ItemList } from './item-list';
import { OfferDrawer } from './offer-drawer';

/** What makes goods cheaper for members, each offer said as a sentence. */
export function Offers() {
  const t = useText();
  const { programme, change } = useDraft();
  const [open, setOpen] = useState<string | null>(null);
  const { offers } = programme;
  const set = (next: Offer[]) => change({ ...programme, offers: next });
  const at = offers.findIndex((offer) => offer.id === open);
  const opened = offers[at];

  const add = () => {
    const id = freshId('offer', offers);
    set([...offers, { id, name: t('offer.new_name'), enabled: true, when: null, lines: null, effect: { kind: 'percent', percent_bp: 1_000, max_minor: null }, group: null, alone: false, excludes: [], priority: 0, from: null, until: null, rounding: 'down' }]);
    setOpen(id);
  };

  return (
    <section className="section" aria-labelledby="offers">
      <div className="section-head">
        <div>
          <h2 id="offers">{t('offer.title')}</h2>
          <p className="soft small">{t('offer.lead')}</p>
        </div>
        <Button onClick={add}>{t('offer.add')}</Button>
      </div>
      {offers.length === 0 ? <p className="soft">{t('offer.none')}</p> : null}
      <ItemList path="offers" prefix="offer" items={offers} set={set} onOpen={setOpen} />
      {opened ? <OfferDrawer offer={opened} index={at} onChange={(next) => set(offers.with(at, next))} onClose={() => setOpen(null)} /> : null}
    </section>
  );
}
