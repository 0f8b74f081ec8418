import type { Reason } from '@danggol/api';
import { useText } from '../language';

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

/** Why a condition holds for a member: each part, her value for it, and what that stands on. */
export function Reasons({ reason }: { reason: Reason }) {
  return (
    <ul className="reasons small">
      {(reason.parts.length > 0 ? reason.parts : [reason]).map((part, index) => (
        <ReasonTree key={index} reason={part} />
      ))}
    </ul>
  );
}
