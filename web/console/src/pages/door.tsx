import type { ReactNode } from 'react';
import { languages, useLanguage } from '../language';
import './door.css';

/** The page before one is signed in: what this is, in which language, and one form. */
export function Door({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  const { t, language, setLanguage } = useLanguage();
  return (
    <div className="door">
      <nav className="door-languages" aria-label={t('shell.language')}>
        {languages.map(({ code, name }) => (
          <button key={code} type="button" lang={code} aria-pressed={code === language} onClick={() => setLanguage(code)}>
            {name}
          </button>
        ))}
      </nav>
      <main className="door-main">
        <svg className="door-mark" viewBox="0 0 24 24" width="40" height="40" aria-hidden="true">
          <path d="M12 3 21.5 20.5h-19Z" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" />
          <path d="M9 8.8h6M6 14.6h12" stroke="currentColor" strokeWidth="1.6" />
        </svg>
        <div className="door-words">
          <h1>{title}</h1>
          {lead ? <p className="lead">{lead}</p> : null}
        </div>
        {children}
      </main>
    </div>
  );
}
