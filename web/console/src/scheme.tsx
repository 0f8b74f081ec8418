import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Scheme } from './theme';

export type SchemeChoice = Scheme | 'system';

interface SchemeState {
  choice: SchemeChoice;
  scheme: Scheme;
  still: boolean;
  choose: (choice: SchemeChoice) => void;
}

const kept = 'danggol.scheme';
const SchemeContext = createContext<SchemeState | null>(null);

function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const update = () => setMatches(media.matches);
    media.addEventListener('change', update);
    return () => media.removeEventListener('change', update);
  }, [query]);
  return matches;
}

/** Light, dark, or what the system says; and whether the reader asks for less motion. */
export function SchemeProvider({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState<SchemeChoice>(() => {
    const value = localStorage.getItem(kept);
    return value === 'light' || value === 'dark' ? value : 'system';
  });
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const scheme: Scheme = choice === 'system' ? (systemDark ? 'dark' : 'light') : choice;
  const state = useMemo<SchemeState>(
    () => ({
      choice,
      scheme,
      still,
      choose: (next) => {
        localStorage.setItem(kept, next);
        setChoice(next);
      },
    }),
    [choice, scheme, still],
  );
  return <SchemeContext.Provider value={state}>{children}</SchemeContext.Provider>;
}

export function useScheme(): SchemeState {
  const state = useContext(SchemeContext);
  if (!state) throw new Error('useScheme needs a SchemeProvider above it');
  return state;
}
