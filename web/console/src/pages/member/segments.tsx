import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import type { Reason } from '@danggol/api';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';

function ReasonTree({ reason }: { reason: Reason }) {
  const t = useText();
  return (
    <li>
      <span aria-label={t(reason.holds ? 'segments.holds' : 'segments.fails')} role="img">
        {reason.holds ? '✓' : '✗'}
      </span>{' '}
      {reason.text}
      {reason.value != null ? <strong> · {reason.value}</strong> : null}
      {reason.evidence ? <span className="soft"> · {reason.evidence}</span> : null}
      {reason.parts.length > 0 ? (
        <ul className="reasons">
          {reason.parts.map((part, index) => (
            <ReasonTree key={index} reason={part} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}

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
          <ul className="reasons small">
            {(one.reason.parts.length > 0 ? one.reason.parts : [one.reason]).map((part, index) => (
              <ReasonTree key={index} reason={part} />
            ))}
          </ul>
        </article>
      ))}
    </section>
  );
}
