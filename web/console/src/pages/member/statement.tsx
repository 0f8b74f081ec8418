import { useState } from 'react';
import { Button, Input } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Member, ValueAmounts } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { isOpen } from '../../parts/close-dialog';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { entryText } from '../../text/names';
import { RefundDialog } from './refund-dialog';

function Row({ label, amounts }: { label: string; amounts: ValueAmounts }) {
  const format = useFormat();
  return (
    <tr>
      <th scope="row" colSpan={2}>
        {label}
      </th>
      <td className="number">{format.money(amounts.principal_minor)}</td>
      <td className="number">{format.money(amounts.bonus_minor)}</td>
      <td className="number">{format.money(amounts.principal_minor + amounts.bonus_minor)}</td>
    </tr>
  );
}

/** What she paid in and what became of it, day by day: opening, movements, closing, principal and bonus apart. */
export function StatementTab({ member }: { member: Member }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [days, setDays] = useState<{ from?: string; to?: string }>({});
  const [refunding, setRefunding] = useState(false);
  const statement = useQuery(ask.statement(member.id, days));
  if (statement.isPending) return <Bones lines={5} />;
  if (statement.isError) return <Trouble error={statement.error} retry={() => void statement.refetch()} />;
  const { data } = statement;
  const untouched = data.movements.length === 0 && !days.from && !days.to;
  const money = (minor: number) => (minor === 0 ? '' : `${minor > 0 ? '+' : ''}${format.money(minor)}`);
  const set = (part: { from?: string; to?: string }) => {
    const next = { ...days, ...part };
    setDays({ ...(next.from ? { from: next.from } : {}), ...(next.to ? { to: next.to } : {}) });
  };
  if (untouched) return <p className="soft section">{t('value.none')}</p>;
  return (
    <div className="section statement">
      <div className="inline statement-tools">
        <label className="inline">
          <span className="soft small">{t('value.from')}</span>
          <Input type="date" aria-label={t('value.from')} value={days.from ?? data.from} onChange={(event) => set({ from: event.target.value })} />
        </label>
        <label className="inline">
          <span className="soft small">{t('value.to')}</span>
          <Input type="date" aria-label={t('value.to')} value={days.to ?? data.to} onChange={(event) => set({ to: event.target.value })} />
        </label>
        <Button onClick={() => window.print()}>{t('value.print')}</Button>
        {isOpen(member) && may(user.role, 'adjust') && member.standing.value_principal.available > 0 ? <Button onClick={() => setRefunding(true)}>{t('refund.open')}</Button> : null}
      </div>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t('value.statement')}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('value.when')}</th>
              <th scope="col">{t('value.what')}</th>
              <th scope="col" className="number">
                {t('value.principal')}
              </th>
              <th scope="col" className="number">
                {t('value.bonus')}
              </th>
              <th scope="col" className="number">
                {t('value.after')}
              </th>
            </tr>
          </thead>
          <tbody>
            <Row label={t('value.opening')} amounts={data.opening} />
            {data.movements.map((one) => (
              <tr key={one.entry_id}>
                <td className="statement-when">{format.dateTime(one.at)}</td>
                <td className="statement-what">
                  {one.purchase_id ? <Link to={`${paths.member(member.id)}?tab=purchases`}>{t(entryText[one.kind])}</Link> : t(entryText[one.kind])}
                  <span className="small soft statement-why">{one.text.join(' · ')}</span>
                </td>
                <td className={one.moved.principal_minor < 0 ? 'number loss' : 'number gain'}>{money(one.moved.principal_minor)}</td>
                <td className={one.moved.bonus_minor < 0 ? 'number loss' : 'number gain'}>{money(one.moved.bonus_minor)}</td>
                <td className="number">{format.money(one.after.principal_minor + one.after.bonus_minor)}</td>
              </tr>
            ))}
            <Row label={t('value.closing')} amounts={data.closing} />
          </tbody>
        </table>
      </div>
      {data.movements.length === 0 ? <p className="soft">{t('value.nothing')}</p> : null}
      {data.is_cut ? <p className="soft small">{t('value.cut')}</p> : null}
      {refunding ? <RefundDialog member={member} onClose={() => setRefunding(false)} /> : null}
    </div>
  );
}
