import { useRef, useState } from 'react';
import { Button, Modal, Select } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { CouponTemplate } from '@danggol/api';
import { giveCouponsToSegment } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';

interface Progress {
  given: number;
  refused: Map<string, { text: string; members: number }>;
}

/** Gives a coupon to everybody of a segment, some hundred at a time; stopped, it goes on where it was, and nobody gets two. */
export function SegmentDialog({ record, onClose }: { record: CouponTemplate; onClose: () => void }) {
  const t = useText();
  const format = useFormat();
  const segments = useQuery(ask.segments());
  const [segment, setSegment] = useState<string | null>(null);
  const [run] = useState(newIdempotencyKey);
  const [progress, setProgress] = useState<Progress>({ given: 0, refused: new Map() });
  const after = useRef<string | null>(null);
  const stopped = useRef(false);
  const give = useMutation({
    mutationFn: async (id: string) => {
      stopped.current = false;
      do {
        const part = await giveCouponsToSegment(record.id, { segment_id: id, run, after: after.current });
        setProgress((before) => {
          const refused = new Map(before.refused);
          for (const one of part.refused) refused.set(one.code, { text: one.text, members: one.members + (refused.get(one.code)?.members ?? 0) });
          return { given: before.given + part.given, refused };
        });
        after.current = part.next_after ?? null;
      } while (after.current !== null && !stopped.current);
      return after.current === null;
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ask.couponTemplates().queryKey }),
  });
  const done = give.data === true;
  return (
    <Modal
      open
      onCancel={() => {
        stopped.current = true;
        onClose();
      }}
      title={t('coupons.segment_title', { name: record.template.offer.name })}
      footer={null}
      width={480}
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (segment) give.mutate(segment);
        }}
      >
        <Field label={t('coupons.segment')}>
          {({ status, ...control }) => (
            <Select
              {...control}
              status={status ?? ''}
              value={segment}
              disabled={give.isPending || give.isSuccess}
              loading={segments.isPending}
              showSearch={{ optionFilterProp: 'label' }}
              options={(segments.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))}
              onChange={(id: string) => setSegment(id)}
            />
          )}
        </Field>
        {segments.isError ? <Trouble error={segments.error} /> : null}
        {give.isIdle ? null : (
          <div role="status">
            <p>{t(done ? 'coupons.segment_done' : 'coupons.segment_given', { n: format.number(progress.given) })}</p>
            {[...progress.refused].map(([code, one]) => (
              <p key={code} className="soft small">
                {format.number(one.members)} · {one.text}
              </p>
            ))}
          </div>
        )}
        {give.isError ? <Trouble error={give.error} /> : null}
        <div className="form-end">
          {give.isPending ? (
            <Button
              onClick={() => {
                stopped.current = true;
              }}
            >
              {t('coupons.segment_stop')}
            </Button>
          ) : (
            <Button onClick={onClose}>{t('action.close')}</Button>
          )}
          {done ? null : (
            <Button type="primary" htmlType="submit" disabled={!segment} loading={give.isPending}>
              {t(give.isSuccess || give.isError ? 'coupons.segment_on' : 'coupons.segment_give')}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}
