import { createContext, useCallback, useContext, useEffect, useRef, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { CheckedProgramme, Fault, Programme, ProgrammeState, Words } from '@danggol/api';
import { checkProgramme, saveDraft } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';

export type Keeping = 'kept' | 'keeping' | 'waiting' | 'failed';

/** A programme that is being edited: what it says now, what the server thinks of it, and whether it is kept. */
export interface Draft {
  programme: Programme;
  change: (next: Programme) => void;
  faults: Fault[];
  words: Words[];
  keeping: Keeping;
  error: unknown;
  retry: () => void;
  differs: boolean;
}

const pauseMs = 600;

/** `earning.rules[0].name`, `/earning/rules/0/name` and `earning.rules.0.name` are one place. */
export function normalPath(path: string): string {
  return path
    .replace(/\[(\d+)\]/g, '.$1')
    .replaceAll('/', '.')
    .replace(/^\.+/, '');
}

export const DraftContext = createContext<Draft | null>(null);

export function useDraft(): Draft {
  const draft = useContext(DraftContext);
  if (!draft) throw new Error('useDraft needs a DraftContext above it');
  return draft;
}

/** The fault at exactly this place, if there is one. */
export function useFault(path: string): string | null {
  const { faults } = useDraft();
  return faults.find((fault) => normalPath(fault.path) === path)?.text ?? null;
}

/** The faults at this place and below it. */
export function useFaultsUnder(path: string): Fault[] {
  const { faults } = useDraft();
  return faults.filter((fault) => {
    const at = normalPath(fault.path);
    return at === path || at.startsWith(`${path}.`);
  });
}

/** The server's sentence for a part of the programme. */
export function useWords(path: string): string | null {
  const { words } = useDraft();
  return words.find((word) => normalPath(word.path) === path)?.text ?? null;
}

/**
 * Keeps the draft by itself: a short pause after the last change it is sent, one request at a time, the newest wins;
 * a failed one is kept in the page and sent again with the next change or on request.
 */
export function useKeptDraft(state: ProgrammeState): Draft {
  const [programme, setProgramme] = useState(() => state.draft?.programme ?? state.published.programme);
  const [checked, setChecked] = useState<CheckedProgramme | null>(null);
  const [keeping, setKeeping] = useState<Keeping>('kept');
  const [error, setError] = useState<unknown>(null);
  const latest = useRef(programme);
  const kept = useRef(programme);
  const busy = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const first = useQuery({ queryKey: ['programme', 'check'], queryFn: ({ signal }) => checkProgramme(latest.current, signal), staleTime: 0, gcTime: 0 });

  const send = useCallback(async () => {
    if (busy.current) return;
    busy.current = true;
    setKeeping('keeping');
    try {
      while (kept.current !== latest.current) {
        const sent = latest.current;
        const answer = await saveDraft(sent);
        kept.current = sent;
        setChecked(answer);
      }
      setKeeping('kept');
      setError(null);
      void queries.invalidateQueries({ queryKey: ask.programme().queryKey, exact: true });
    } catch (failure) {
      setKeeping('failed');
      setError(failure);
    } finally {
      busy.current = false;
    }
  }, []);

  const change = useCallback(
    (next: Programme) => {
      latest.current = next;
      setProgramme(next);
      setKeeping('waiting');
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void send(), pauseMs);
    },
    [send],
  );

  useEffect(() => {
    const leave = (event: BeforeUnloadEvent) => {
      if (kept.current !== latest.current) event.preventDefault();
    };
    window.addEventListener('beforeunload', leave);
    return () => {
      window.removeEventListener('beforeunload', leave);
      clearTimeout(timer.current);
      if (kept.current !== latest.current) void send();
    };
  }, [send]);

  const seen = checked ?? first.data;
  return {
    programme,
    change,
    faults: seen?.faults ?? [],
    words: seen?.words ?? [],
    keeping,
    error,
    retry: () => void send(),
    differs: JSON.stringify(programme) !== JSON.stringify(state.published.programme),
  };
}
