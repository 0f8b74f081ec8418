import { useEffect, useRef } from 'react';

/** Asks for the next page when the end of a list comes into sight. */
export function More({ when, ask }: { when: boolean; ask: () => void }) {
  const mark = useRef<HTMLDivElement>(null);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const element = mark.current;
    if (!when || !element) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) latest.current();
      },
      { rootMargin: '400px' },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [when]);
  return <div ref={mark} className="more" />;
}
