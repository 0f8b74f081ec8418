import { useState } from 'react';
import { App, Button } from 'antd';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import type { CouponTemplate } from '@danggol/api';
import { closeCouponTemplate } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { BenefitTabs } from '../../parts/benefit-tabs';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { PageFrame } from '../../parts/page';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { may, useSignedIn } from '../../session';
import { CodesDialog } from './codes-dialog';
import { SegmentDialog } from './segment-dialog';
import { TemplateDrawer } from './template-drawer';
import './coupons.css';

interface Does {
  onSegment: ((template: CouponTemplate) => void) | null;
  onCodes: ((template: CouponTemplate) => void) | null;
  onClose: ((template: CouponTemplate) => void) | null;
}

function Row({ record, onSegment, onCodes, onClose }: { record: CouponTemplate } & Does) {
  const t = useText();
  const format = useFormat();
  const { template } = record;
  const { caps } = template;
  const of = (count: number, most: number | null | undefined) => (most ? t('coupons.of', { n: format.number(count), most: format.number(most) }) : format.number(count));
  return (
    <tr>
      <td>
        <div className="coupon-name">
          <strong>{template.offer.name}</strong>
          <span className="soft small">{record.text}</span>
          <span className="faint small">
            {record.valid}
            {template.shared_code ? ` · ${t('coupons.shared', { code: template.shared_code })}` : ''}
            {record.open ? '' : ` · ${t('coupons.closed')}`}
          </span>
        </div>
      </td>
      <td className="number">{of(record.issued, caps.issued)}</td>
      <td className="number">{of(record.used, caps.used)}</td>
      <td className="number">{format.money(record.off_minor)}</td>
      <td>
        <div className="coupon-acts">
          {record.open && onSegment ? (
            <Button size="small" onClick={() => onSegment(record)} aria-label={`${t('coupons.to_segment')}: ${template.offer.name}`}>
              {t('coupons.to_segment')}
            </Button>
          ) : null}
          {record.open && onCodes ? (
            <Button size="small" onClick={() => onCodes(record)} aria-label={`${t('coupons.codes')}: ${template.offer.name}`}>
              {t('coupons.codes')}
            </Button>
          ) : null}
          {record.open && onClose ? (
            <Button size="small" onClick={() => onClose(record)} aria-label={`${t('coupons.close')}: ${template.offer.name}`}>
              {t('coupons.close')}
            </Button>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

/** The kinds of coupons: what each takes off, how many were given and used, codes to print, and an end to giving. */
export function Component() {
  const t = useText();
  const { user } = useSignedIn();
  const { modal, message } = App.useApp();
  const [making, setMaking] = useState(false);
  const [sent, setSent] = useState<CouponTemplate | null>(null);
  const [coded, setCoded] = useState<CouponTemplate | null>(null);
  const found = useInfiniteQuery(ask.couponTemplates());
  const again = () => queries.invalidateQueries({ queryKey: ask.couponTemplates().queryKey });
  const close = useMutation({ mutationFn: closeCouponTemplate, onSuccess: again, onError: (error) => void message.error(sentenceOf(error, t)) });
  const edits = may(user.role, 'edit_programme');
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  const does: Does = {
    onSegment: may(user.role, 'adjust') ? setSent : null,
    onCodes: may(user.role, 'adjust') ? setCoded : null,
    onClose: edits
      ? (record) => void modal.confirm({ title: t('coupons.close_sure', { name: record.template.offer.name }), content: t('coupons.close_lead'), okText: t('coupons.close'), cancelText: t('action.cancel'), onOk: () => close.mutateAsync(record.id) })
      : null,
  };
  return (
    <PageFrame
      title={t('coupons.title')}
      lead={t('coupons.lead')}
      actions={
        edits ? (
          <Button type="primary" onClick={() => setMaking(true)}>
            {t('coupons.new')}
          </Button>
        ) : null
      }
    >
      <BenefitTabs />
      {found.isPending ? <Bones lines={5} /> : null}
      {found.isError ? <Trouble error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isSuccess && items.length === 0 ? <Empty title={t('coupons.empty')}>{t('coupons.empty_lead')}</Empty> : null}
      {items.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={t('coupons.title')}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('coupons.kind')}</th>
                <th scope="col" className="number">
                  {t('coupons.issued')}
                </th>
                <th scope="col" className="number">
                  {t('coupons.used')}
                </th>
                <th scope="col" className="number">
                  {t('coupons.off')}
                </th>
                <th scope="col" aria-label={t('coupons.acts')} />
              </tr>
            </thead>
            <tbody>
              {items.map((record) => (
                <Row key={record.id} record={record} {...does} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {found.hasNextPage ? (
        <Button onClick={() => void found.fetchNextPage()} loading={found.isFetchingNextPage}>
          {t('coupons.more')}
        </Button>
      ) : null}
      {making ? <TemplateDrawer onClose={() => setMaking(false)} /> : null}
      {sent ? <SegmentDialog record={sent} onClose={() => setSent(null)} /> : null}
      {coded ? <CodesDialog record={coded} onClose={() => setCoded(null)} /> : null}
    </PageFrame>
  );
}
