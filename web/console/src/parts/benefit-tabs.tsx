import { NavLink } from 'react-router';
import { useText } from '../language';
import { paths } from '../paths';
import './group-tabs.css';

/** What members get: the rules, and the coupons in their hands. */
export function BenefitTabs() {
  const t = useText();
  return (
    <nav className="group-tabs" aria-label={t('place.benefits')}>
      <NavLink to={paths.benefits()} end>
        {t('coupons.rules')}
      </NavLink>
      <NavLink to={paths.coupons()}>{t('coupons.title')}</NavLink>
    </nav>
  );
}
