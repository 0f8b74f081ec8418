import { useEffect, type ReactNode } from 'react';

interface Props {
  title: string;
  /** One sentence under the title. */
  lead?: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** A page's heading, its actions, and what is on it. */
export function PageFrame({ title, lead, actions, wide, children }: Props) {
  useTitle(title);
  return (
    <div className={wide ? 'page page-wide' : 'page'}>
      <header className="page-head">
        <div className="page-words">
          <h1>{title}</h1>
          {lead ? <p className="lead capital">{lead}</p> : null}
        </div>
        {actions ? <div className="page-actions">{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Danggol`;
  }, [title]);
}
