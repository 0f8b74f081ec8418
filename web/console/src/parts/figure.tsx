import type { ReactNode } from 'react';
import { useText } from '../language';

interface Props {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  /** Opens where the figure comes from. */
  onWhy?: () => void;
  large?: boolean;
}

/** One figure with its name; where it can be questioned, it is a button that answers. */
export function Figure({ label, value, note, onWhy, large }: Props) {
  const t = useText();
  const body = (
    <>
      <span className="figure-label">{label}</span>
      <span className={large ? 'figure-value figure-large' : 'figure-value'}>{value}</span>
      {note ? <span className="figure-note">{note}</span> : null}
    </>
  );
  if (!onWhy) return <div className="figure">{body}</div>;
  return (
    <button type="button" className="figure figure-asks" onClick={onWhy} title={t('why.open')}>
      {body}
    </button>
  );
}
