import { useState } from 'react';
import { Button } from 'antd';
import type { Occasion } from '@danggol/api';
import { useText } from '../../language';
import { useDraft } from './draft';
import { freshId, ItemList } from './item-list';
import { OccasionDrawer } from './occasion-drawer';

/** What members are given on occasions, each said as a sentence. */
export function Occasions() {
  const t = useText();
  const { programme, change } = useDraft();
  const [open, setOpen] = useState<string | null>(null);
  const { occasions } = programme;
  const set = (next: Occasion[]) => change({ ...programme, occasions: next });
  const at = occasions.findIndex((occasion) => occasion.id === open);
  const opened = occasions[at];

  const add = () => {
    const id = freshId('occasion', occasions);
    set([...occasions, { id, name: t('occasion.new_name'), enabled: true, trigger: { kind: 'birthday', days_before: 0, days_after: 0 }, when: null, points: 100, valid_days: null, coupon: null, caps: { per_day: null, per_year: null, ever: null }, from: null, until: null }]);
    setOpen(id);
  };

  return (
    <section className="section" aria-labelledby="occasions">
      <div className="section-head">
        <div>
          <h2 id="occasions">{t('occasion.title')}</h2>
          <p className="soft small">{t('occasion.lead')}</p>
        </div>
        <Button onClick={add}>{t('occasion.add')}</Button>
      </div>
      {occasions.length === 0 ? <p className="soft">{t('occasion.none')}</p> : null}
      <ItemList path="occasions" prefix="occasion" items={occasions} set={set} onOpen={setOpen} />
      {opened ? <OccasionDrawer occasion={opened} index={at} onChange={(next) => set(occasions.with(at, next))} onClose={() => setOpen(null)} /> : null}
    </section>
  );
}
