import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import { Button, Drawer } from 'antd';
import { EllipsisOutlined, SearchOutlined } from '@ant-design/icons';
import { NavLink, Outlet, useLocation, useNavigation } from 'react-router';
import { useText } from '../language';
import { places, useSignedIn, type Place } from '../session';
import { isReachable, onReachable } from '../data/request';
import { queries } from '../data/queries';
import { placeEntry } from './menu';
import { Person } from './person';
import './shell.css';

const Palette = lazy(() => import('./palette'));

function PlaceLink({ place, onGo }: { place: Place; onGo?: () => void }) {
  const t = useText();
  const entry = placeEntry(place);
  return (
    <NavLink to={entry.path} className="place" onClick={onGo}>
      <span className="place-icon" aria-hidden="true">
        {entry.icon}
      </span>
      <span className="place-name">{t(entry.text)}</span>
    </NavLink>
  );
}

function OfflineBanner() {
  const t = useText();
  const reachable = useSyncExternalStore(onReachable, isReachable);
  if (reachable) return null;
  return (
    <div className="offline" role="alert">
      <span>{t('trouble.offline')}</span>
      <Button size="small" onClick={() => void queries.refetchQueries({ type: 'active' })}>
        {t('trouble.retry')}
      </Button>
    </div>
  );
}

/** The places on the left (a bar at the bottom on a phone), the palette, and the page. */
export function Shell() {
  const t = useText();
  const { user, brand } = useSignedIn();
  const [palette, setPalette] = useState(false);
  const [drawer, setDrawer] = useState(false);
  const navigation = useNavigation();
  const location = useLocation();
  const shown = places(user.role);
  const onBar = shown.slice(0, shown.length > 5 ? 4 : 5);
  const inDrawer = shown.slice(onBar.length);

  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        setPalette((before) => !before);
      }
    };
    window.addEventListener('keydown', open);
    return () => window.removeEventListener('keydown', open);
  }, []);

  useEffect(() => {
    window.scrollTo(0, 0);
  }, [location.pathname]);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('shell.skip')}
      </a>
      <header className="side">
        <div className="side-brand" title={brand.name}>
          <span className="side-mark" aria-hidden="true">
            <svg viewBox="0 0 24 24" width="22" height="22">
              <path d="M12 3 21.5 20.5h-19Z" fill="none" stroke="currentColor" strokeWidth="2" strokeLinejoin="round" />
              <path d="M9 8.8h6M6 14.6h12" stroke="currentColor" strokeWidth="2" />
            </svg>
          </span>
          <span className="side-name">{brand.name}</span>
        </div>
        <button type="button" className="find" onClick={() => setPalette(true)} aria-keyshortcuts="Control+K Meta+K">
          <SearchOutlined aria-hidden="true" />
          <span className="find-words">{t('palette.open')}</span>
          <kbd aria-hidden="true">Ctrl K</kbd>
        </button>
        <nav className="places" aria-label={t('shell.places')}>
          {shown.map((place) => (
            <PlaceLink key={place} place={place} />
          ))}
        </nav>
        <Person />
      </header>
      <main id="main" className="main" tabIndex={-1} aria-busy={navigation.state === 'loading'}>
        {navigation.state === 'loading' ? <div className="going" aria-hidden="true" /> : null}
        <OfflineBanner />
        <Outlet />
      </main>
      <nav className="bar" aria-label={t('shell.places')}>
        {onBar.map((place) => (
          <PlaceLink key={place} place={place} />
        ))}
        {inDrawer.length > 0 ? (
          <button type="button" className="place" onClick={() => setDrawer(true)} aria-haspopup="dialog">
            <span className="place-icon" aria-hidden="true">
              <EllipsisOutlined />
            </span>
            <span className="place-name">{t('shell.more')}</span>
          </button>
        ) : null}
      </nav>
      <Drawer open={drawer} onClose={() => setDrawer(false)} placement="bottom" size="auto" title={t('shell.more')}>
        <nav className="drawer-places" aria-label={t('shell.more')}>
          {inDrawer.map((place) => (
            <PlaceLink key={place} place={place} onGo={() => setDrawer(false)} />
          ))}
        </nav>
      </Drawer>
      <Suspense fallback={null}>{palette ? <Palette onClose={() => setPalette(false)} /> : null}</Suspense>
    </div>
  );
}
