import { NavLink } from 'react-router';
import { useText } from '../language';
import { paths } from '../paths';
import { may, useSignedIn } from '../session';
import './group-tabs.css';

/** What members get: the rules, the coupons in their hands, and gifts for points. */
export function BenefitTabs() {
  const t = useText();
  const { user } = useSignedIn();
  return (
    <nav className="group-tabs" aria-label={t('place.benefits')}>
      <NavLink to={paths.benefits()} end>
        {t('coupons.rules')}
      </NavLink>
      <NavLink to={paths.coupons()}>{t('coupons.title')}</NavLink>
      <NavLink to={paths.gifts()}>{t('gifts.title')}</NavLink>
      {may(user.role, 'edit_programme') ? <NavLink to={paths.whatIf()}>{t('what_if.title')}</NavLink> : null}
    </nav>
  );
}
