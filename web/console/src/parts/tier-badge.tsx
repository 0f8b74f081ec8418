import { useText } from '../language';

/** A member's tier as a quiet badge. */
export function TierBadge({ name }: { name: string | null | undefined }) {
  const t = useText();
  if (!name) return <span className="faint">{t('tier.none')}</span>;
  return <span className="tier">{name}</span>;
}
