import { Link } from 'react-router';
import { useText } from '../language';
import { PageFrame } from '../parts/page';

export function NotFound() {
  const t = useText();
  return (
    <PageFrame title={t('not_found.title')} lead={t('not_found.lead')}>
      <Link to="/">{t('not_found.home')}</Link>
    </PageFrame>
  );
}
