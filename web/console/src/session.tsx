import { createContext, useContext } from 'react';
import type { Role, Session } from '@danggol/api';

/** Who is signed in, and for which brand; `null` on the pages before signing in. */
export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session | null {
  return useContext(SessionContext);
}

/** The session of a page that cannot be reached without one. */
export function useSignedIn(): Session {
  const session = useSession();
  if (!session) throw new Error('this page needs a session');
  return session;
}

export type Place = 'today' | 'counter' | 'members' | 'segments' | 'pyramid' | 'benefits' | 'import' | 'settings';

/** The places each role works in, in the order of the menu; the first is where it lands. */
const placesOf: Record<Role, Place[]> = {
  owner: ['today', 'counter', 'members', 'segments', 'pyramid', 'benefits', 'import', 'settings'],
  admin: ['today', 'counter', 'members', 'segments', 'pyramid', 'benefits', 'import', 'settings'],
  marketer: ['today', 'counter', 'members', 'segments', 'pyramid', 'benefits', 'import'],
  manager: ['today', 'counter', 'members', 'segments', 'pyramid'],
  clerk: ['counter', 'members'],
  auditor: ['today', 'members', 'segments', 'pyramid', 'benefits'],
};

export function places(role: Role): Place[] {
  return placesOf[role];
}

export type Right = 'enrol' | 'export' | 'sell' | 'adjust' | 'edit_programme' | 'manage';

const rightsOf: Record<Role, Right[]> = {
  owner: ['enrol', 'export', 'sell', 'adjust', 'edit_programme', 'manage'],
  admin: ['enrol', 'export', 'sell', 'adjust', 'edit_programme', 'manage'],
  marketer: ['enrol', 'export', 'sell', 'adjust', 'edit_programme'],
  manager: ['enrol', 'export', 'sell', 'adjust'],
  clerk: ['enrol', 'sell'],
  auditor: ['export'],
};

/** What the menu and buttons offer a role; the server decides again. */
export function may(role: Role, right: Right): boolean {
  return rightsOf[role].includes(right);
}
