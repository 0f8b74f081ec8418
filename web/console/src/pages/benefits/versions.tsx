import { useQuery } from '@tanstack/react-query';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';

/** Which rules held when, and who published them. */
export function Versions({ current }: { current: number }) {
  const t = useText();
  const format = useFormat();
  const versions = useQuery(ask.versions());
  const items = versions.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <section className="section" aria-labelledby="versions">
      <h2 id="versions">{t('versions.title')}</h2>
      <ol className="versions">
        {items.map((version) => (
          <li key={version.version}>
            <span>
              {t('why.version', { n: version.version })} {version.version === current ? <span className="mark">{t('versions.current')}</span> : null}
            </span>
            <span className="soft">{format.dateTime(version.published_at)}</span>
            <span className="soft">{version.published_by}</span>
            <span>{version.note}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
