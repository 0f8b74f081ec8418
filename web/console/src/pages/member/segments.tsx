import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Reasons } from '../../parts/reasons';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';

/** The segments that a member is in, each with why. */
export function MemberSegments({ id }: { id: string }) {
  const t = useText();
  const format = useFormat();
  const segments = useQuery(ask.memberSegments(id));
  return (
    <section className="section" aria-label={t('member.segments')}>
      <h2>{t('member.segments')}</h2>
      {segments.isPending ? <Bones lines={3} /> : null}
      {segments.isError ? <Trouble error={segments.error} retry={() => void segments.refetch()} /> : null}
      {segments.data?.items.length === 0 ? <p className="soft">{t('segments.none_of_hers')}</p> : null}
      {segments.data?.items.map((one) => (
        <article key={one.segment_id}>
          <h3>
            <Link to={paths.segment(one.segment_id)}>{one.name}</Link>
          </h3>
          {one.since ? <p className="soft small">{t('segments.since', { date: format.date(one.since) })}</p> : null}
          <Reasons reason={one.reason} />
        </article>
      ))}
    </section>
  );
}
