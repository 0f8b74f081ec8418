import { Button } from 'antd';
import { useText } from '../language';

/** Shown when a page itself fails, for instance because a newer version was installed while it was open. */
export function RouteFault() {
  const t = useText();
  return (
    <main className="alone">
      <h1>{t('trouble.page_title')}</h1>
      <p>{t('trouble.page')}</p>
      <Button type="primary" onClick={() => location.reload()}>
        {t('trouble.reload')}
      </Button>
    </main>
  );
}
