import type { PurchaseResult } from '@danggol/api';
import { useText } from '../../language';
import { calledOf } from '../../parts/called';

/** Points of others in the household that a purchase spends, each with whose they are. */
export function FromHousehold({ from }: { from: PurchaseResult['points_from_household'] }) {
  const t = useText();
  return from.map(({ member, points }) => (
    <p key={member.id} className="small soft">
      {t('sale.from_household', { n: points, name: calledOf(member, t) })}
    </p>
  ));
}
