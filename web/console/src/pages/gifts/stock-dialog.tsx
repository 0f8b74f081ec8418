import { useState } from 'react';
import { AutoComplete, Button, InputNumber, Modal } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Gift } from '@danggol/api';
import { restockGift } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';

/** Pieces of a gift that come to a store, or go; what stores have of it stands above. */
export function StockDialog({ gift, onClose }: { gift: Gift; onClose: () => void }) {
  const t = useText();
  const format = useFormat();
  const [store, setStore] = useState(gift.stocks[0]?.store ?? '');
  const [pieces, setPieces] = useState<number | null>(null);
  const [key, setKey] = useState(newIdempotencyKey);
  const stores = useQuery(ask.stores());
  const bring = useMutation({
    mutationFn: () => restockGift(gift.id, { store: store.trim(), pieces: pieces ?? 0 }, key),
    onSuccess: () => {
      setPieces(null);
      return queries.invalidateQueries({ queryKey: ask.gifts().queryKey });
    },
    onSettled: () => setKey(newIdempotencyKey()),
  });
  const ready = store.trim() !== '' && pieces !== null && pieces !== 0;
  return (
    <Modal open onCancel={onClose} title={t('gifts.stock_title', { name: gift.name })} footer={null} width={480}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) bring.mutate();
        }}
      >
        {gift.stocks.length === 0 ? <p className="soft">{t('gifts.no_store')}</p> : null}
        <ul className="stock-now" aria-live="polite">
          {gift.stocks.map((stock) => (
            <li key={stock.store}>
              <span>{stock.store}</span>
              <span className="soft">{t('gifts.stock_of', { left: format.number(stock.left), reserved: format.number(stock.reserved), handed: format.number(stock.handed) })}</span>
            </li>
          ))}
        </ul>
        <div className="form form-two">
          <Field label={t('gifts.store')}>
            {({ status: _, ...control }) => (
              <AutoComplete
                {...control}
                value={store}
                maxLength={64}
                options={(stores.data?.items ?? []).map((one) => ({ value: one.code, label: [one.code, one.name].filter(Boolean).join(' ') }))}
                onChange={(value: string | undefined) => setStore(value ?? '')}
              />
            )}
          </Field>
          <Field label={t('gifts.pieces')} hint={t('gifts.pieces_hint')}>
            {({ status: _, ...control }) => <InputNumber<number> {...control} autoFocus precision={0} controls={false} min={-1_000_000_000} max={1_000_000_000} value={pieces} onChange={setPieces} />}
          </Field>
        </div>
        {bring.isError ? <Trouble error={bring.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.close')}</Button>
          <Button type="primary" htmlType="submit" disabled={!ready} loading={bring.isPending}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
