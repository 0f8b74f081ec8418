import { useState } from 'react';
import { Button, Modal } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { CouponTemplate } from '@danggol/api';
import { makeCouponCodes } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useText } from '../../language';
import { CountField } from '../../parts/count-field';
import { Field } from '../../parts/field';
import { csvOf, saveFile } from '../../parts/save-file';
import { Trouble } from '../../parts/trouble';

/** Makes codes of a template and gives them as a file; the key lives as long as the dialog, so a second click makes no more. */
export function CodesDialog({ record, onClose }: { record: CouponTemplate; onClose: () => void }) {
  const t = useText();
  const [count, setCount] = useState<number | null>(100);
  const [key] = useState(newIdempotencyKey);
  const make = useMutation({
    mutationFn: () => makeCouponCodes(record.id, count ?? 0, key),
    onSuccess: () => queries.invalidateQueries({ queryKey: ask.couponTemplates().queryKey }),
  });
  const codes = make.data?.items ?? [];
  const save = () => {
    const rows = codes.map((coupon) => [coupon.code ?? '', coupon.valid_from, coupon.valid_until]);
    saveFile(`coupons-${record.template.offer.id}.csv`, csvOf([['code', 'valid_from', 'valid_until'], ...rows]));
  };
  return (
    <Modal open onCancel={onClose} title={t('coupons.codes_title', { name: record.template.offer.name })} footer={null} width={480}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (make.isSuccess) save();
          else if (count) make.mutate();
        }}
      >
        <p className="soft">{t('coupons.codes_lead')}</p>
        {make.isSuccess ? (
          <>
            <p role="status">{t('coupons.codes_made', { n: codes.length })}</p>
            <p className="coupon-code">{codes[0]?.code}</p>
          </>
        ) : (
          <Field label={t('coupons.codes_count')} hint={t('coupons.codes_most')}>
            {(control) => <CountField {...control} min={1} max={1_000} value={count} onChange={setCount} />}
          </Field>
        )}
        {make.isError ? <Trouble error={make.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.close')}</Button>
          <Button type="primary" htmlType="submit" disabled={!count} loading={make.isPending}>
            {t(make.isSuccess ? 'coupons.codes_save' : 'coupons.codes_make')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
