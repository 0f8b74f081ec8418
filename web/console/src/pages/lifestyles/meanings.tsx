import { useState } from 'react';
import { AutoComplete, Button } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { LifestyleCategories, LifestyleCategory } from '@danggol/api';
import { putLifestyleCategory } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';

const first = 20;

function Meaning({ item, known, change, isPending }: { item: LifestyleCategory; known: LifestyleCategories['known']; change: (meaning: string | null) => void; isPending: boolean }) {
  const t = useText();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? item.meaning_name ?? '';
  const keep = (text: string) => {
    setTyped(null);
    const meant = known.find((one) => one.name === text.trim())?.word ?? (text.trim() || null);
    if (meant !== (item.meaning ?? null)) change(meant);
  };
  return (
    <AutoComplete
      className="meaning"
      aria-label={t('lifestyles.meaning_of', { name: item.category })}
      placeholder={t('lifestyles.own_words')}
      maxLength={40}
      disabled={isPending}
      value={shown}
      options={known.map((one) => ({ value: one.name }))}
      onChange={setTyped}
      onSelect={keep}
      onBlur={() => {
        if (typed !== null) keep(typed);
      }}
    />
  );
}

/** What categories stand for, why, and the brand's own word on it. */
export function Meanings() {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [all, setAll] = useState(false);
  const categories = useQuery(ask.lifestyleCategories());
  const change = useMutation({
    mutationFn: ({ category, meaning }: { category: string; meaning: string | null }) => putLifestyleCategory(category, meaning),
    onSuccess: (seen) => queries.setQueryData(ask.lifestyleCategories().queryKey, seen),
  });
  const mayChange = may(user.role, 'edit_programme');
  const items = categories.data?.items ?? [];
  const source = (item: LifestyleCategory) => {
    switch (item.source) {
      case 'brand':
        return t('lifestyles.source.brand');
      case 'name':
        return t('lifestyles.source.name');
      case 'buyers':
        return t('lifestyles.source.buyers', { times: ((item.scored_percent ?? 0) / 100).toFixed(1) });
      default:
        return '–';
    }
  };
  return (
    <section className="section meanings-table" aria-label={t('lifestyles.meanings')}>
      <h2>{t('lifestyles.meanings')}</h2>
      <p className="soft">{t('lifestyles.meanings_lead')}</p>
      {categories.isPending ? <Bones lines={5} /> : null}
      {categories.isError ? <Trouble error={categories.error} retry={() => void categories.refetch()} /> : null}
      {change.isError ? <Trouble error={change.error} /> : null}
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t('lifestyles.meanings')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('lifestyles.category')}</th>
              <th scope="col" className="number">
                {t('lifestyles.buyers')}
              </th>
              <th scope="col">{t('lifestyles.meaning')}</th>
              <th scope="col">{t('lifestyles.source')}</th>
            </tr>
          </thead>
          <tbody>
            {items.slice(0, all ? undefined : first).map((item) => (
              <tr key={item.category}>
                <td>
                  {item.category}
                  {item.is_looked_at || item.meaning === 'nothing' ? null : <div className="faint small">{t('lifestyles.unused')}</div>}
                </td>
                <td className="number">{format.number(item.buyers)}</td>
                <td>
                  {mayChange ? (
                    <Meaning item={item} known={categories.data?.known ?? []} isPending={change.isPending} change={(meaning) => change.mutate({ category: item.category, meaning })} />
                  ) : (
                    (item.meaning_name ?? '–')
                  )}
                </td>
                <td className="soft small">{source(item)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!all && items.length > first ? (
        <Button className="meanings-all" onClick={() => setAll(true)}>{t('lifestyles.show_all', { n: items.length })}</Button>
      ) : null}
    </section>
  );
}
