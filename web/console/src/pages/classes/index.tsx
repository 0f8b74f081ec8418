import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import type { AttributeName, Classes, ClassSet } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { ChosenMembers, keepSegment } from '../../parts/chosen-members';
import { Empty } from '../../parts/empty';
import { GroupTabs } from '../../parts/group-tabs';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { Scoring } from './scoring';
import './classes.css';

const fives = [5, 4, 3, 2, 1] as const;

/** Recency against frequency and amount: the more members, the darker; each cell leads to the members of its class. */
function Grid({ classes }: { classes: Classes }) {
  const t = useText();
  const format = useFormat();
  const most = Math.max(1, ...classes.grid.map((cell) => cell.members));
  const names = new Map(classes.sets.find((set) => set.attribute === 'class.rfm')?.items.map((item) => [item.code, item.name]));
  return (
    <section className="section" aria-label={t('classes.grid')}>
      <h2>{t('classes.grid')}</h2>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={t('classes.grid')}>
        <table className="rfm">
          <thead>
            <tr>
              <td />
              {fives.map((recency) => (
                <th key={recency} scope="col">
                  {t('classes.recency', { n: recency })}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fives.map((value) => (
              <tr key={value}>
                <th scope="row">{t('classes.value', { n: value })}</th>
                {fives.map((recency) => {
                  const cell = classes.grid.find((one) => one.recency === recency && one.value === value);
                  if (!cell) return <td key={recency} />;
                  return (
                    <td key={recency} style={{ '--heat': `${Math.round((cell.members / most) * 40)}%` } as React.CSSProperties}>
                      <Link to={paths.classes('class.rfm', cell.code)}>
                        <strong>{format.number(cell.members)}</strong>
                        <span className="small capital">{names.get(cell.code)}</span>
                      </Link>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function SetTable({ set }: { set: ClassSet }) {
  const t = useText();
  const format = useFormat();
  const whole = set.items.reduce((sum, item) => sum + Math.max(0, item.amount_minor), 0);
  return (
    <section className="section" aria-label={set.name}>
      <h2 className="capital">{set.name}</h2>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={set.name}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col" className="capital">{set.name}</th>
              <th scope="col" className="number">
                {t('classes.members')}
              </th>
              <th scope="col" className="number">
                {t('classes.amount')}
              </th>
              <th scope="col" className="number">
                {t('classes.share')}
              </th>
            </tr>
          </thead>
          <tbody>
            {set.items.map((item) => (
              <tr key={item.code}>
                <td className="capital">{item.members > 0 ? <Link to={paths.classes(set.attribute, item.code)}>{item.name}</Link> : <span className="soft">{item.name}</span>}</td>
                <td className="number">{format.number(item.members)}</td>
                <td className="number">{format.money(item.amount_minor)}</td>
                <td className="number">{whole > 0 ? format.percent(Math.round((item.amount_minor / whole) * 10_000), 1) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Chosen({ classes, attribute, value }: { classes: Classes; attribute: AttributeName; value: string }) {
  const t = useText();
  const members = useInfiniteQuery(ask.classMembers(attribute, value));
  const item = classes.sets.find((set) => set.attribute === attribute)?.items.find((one) => one.code === value);
  const lifestyles = useQuery({ ...ask.lifestyles(), enabled: attribute === 'lifestyle.group' });
  const group = lifestyles.data?.groups.find((one) => one.code === value);
  const found = item ?? group;
  const title = found ? t('classes.of', { name: found.name, n: found.members }) : value;
  const keepAs = () => keepSegment(found?.name ?? value, { all: [{ attribute, op: 'is', value }] });
  return <ChosenMembers title={title} members={members} keepWords={t('classes.keep')} keepAs={keepAs} />;
}

/** What every member is classed as, how many are of each class, and who they are. */
export function Component() {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const [search] = useSearchParams();
  const classes = useQuery(ask.classes());
  const [attribute, value] = [search.get('attribute'), search.get('value')];
  const data = classes.data;
  const filled = data?.sets.some((set) => set.items.some((item) => item.members > 0));
  return (
    <PageFrame title={t('classes.title')} lead={t('classes.lead')}>
      <GroupTabs />
      {classes.isPending ? <Bones lines={8} tall /> : null}
      {classes.isError ? <Trouble error={classes.error} retry={() => void classes.refetch()} /> : null}
      {data && !filled ? <Empty title={t('classes.empty')}>{t('classes.empty_lead')}</Empty> : null}
      {data && filled ? (
        <>
          {attribute && value ? <Chosen key={`${attribute} ${value}`} classes={data} attribute={attribute as AttributeName} value={value} /> : null}
          <Grid classes={data} />
          {data.classed_at ? <p className="soft small">{t('classes.classed', { at: format.dateTime(data.classed_at), days: data.rules.period_days })}</p> : null}
          {data.sets.map((set) => (
            <SetTable key={set.attribute} set={set} />
          ))}
          {may(user.role, 'edit_programme') ? <Scoring rules={data.rules} /> : null}
        </>
      ) : null}
    </PageFrame>
  );
}
