import { NavLink } from 'react-router';
import { useText } from '../language';
import { paths } from '../paths';
import './group-tabs.css';

/** The ways in which members are grouped, one page each. */
export function GroupTabs() {
  const t = useText();
  return (
    <nav className="group-tabs" aria-label={t('know.places')}>
      <NavLink to={paths.segments()} end>
        {t('place.segments')}
      </NavLink>
      <NavLink to={paths.tags()}>{t('tags.title')}</NavLink>
      <NavLink to={paths.classes()}>{t('classes.title')}</NavLink>
      <NavLink to={paths.bands()}>{t('bands.title')}</NavLink>
      <NavLink to={paths.lifestyles()}>{t('lifestyles.title')}</NavLink>
      <NavLink to={paths.questions()}>{t('questions.title')}</NavLink>
    </nav>
  );
}
