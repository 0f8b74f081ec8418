import { NavLink, Outlet } from 'react-router';
import { useText } from '../../language';
import { PageFrame } from '../../parts/page';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import './settings.css';

/** The frame of the settings: one's own account for everyone, the rest for those who look after the brand. */
export function Component() {
  const t = useText();
  const { user } = useSignedIn();
  const manages = may(user.role, 'manage');
  return (
    <PageFrame title={t('place.settings')}>
      <nav className="settings-tabs" aria-label={t('place.settings')}>
        <NavLink to={paths.account()}>{t('shell.account')}</NavLink>
        {manages ? <NavLink to={paths.brand()}>{t('settings.brand')}</NavLink> : null}
        {manages ? <NavLink to={paths.merging()}>{t('settings.merging')}</NavLink> : null}
        {manages ? <NavLink to={paths.households()}>{t('household.settings')}</NavLink> : null}
        {manages ? <NavLink to={paths.consents()}>{t('consents.settings')}</NavLink> : null}
        {manages ? <NavLink to={paths.users()}>{t('settings.users')}</NavLink> : null}
        {manages ? <NavLink to={paths.keys()}>{t('settings.keys')}</NavLink> : null}
      </nav>
      <Outlet />
    </PageFrame>
  );
}
