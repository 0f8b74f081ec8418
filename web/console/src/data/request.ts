import type { Problem } from '@danggol/api';
import { currentLanguage } from '../language';

/** The server's refusal (RFC 9457), with the sentence that it wrote for this reader. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** What a refusal about columns carries beside its sentence: fields of which one is needed. */
export function anyOf(error: unknown): string[] {
  if (!(error instanceof ProblemError)) return [];
  const fields = (error.problem as { any_of?: unknown }).any_of;
  return Array.isArray(fields) ? fields.filter((field) => typeof field === 'string') : [];
}

/** The server could not be reached at all. */
export class UnreachableError extends Error {}

type Listener = (reachable: boolean) => void;
const listeners = new Set<Listener>();
let reachable = true;

function tell(now: boolean): void {
  if (now === reachable) return;
  reachable = now;
  for (const listener of listeners) listener(now);
}

/** Calls back whenever the server stops or starts answering. */
export function onReachable(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function isReachable(): boolean {
  return reachable;
}

/** A fresh key for a write that must happen once however often it is sent. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Marks a request that is asked by nobody in particular: it does not wait for somebody to sign in. It never leaves the browser. */
export const asGuest = 'x-as-guest';

/** Requests that found the session ended; they wait until somebody has signed in again, or has left. */
let waiting: ((signedIn: boolean) => void)[] = [];
const lapseListeners = new Set<() => void>();

/** Calls back whenever the session ends under a page, or is taken up again. */
export function onLapse(listener: () => void): () => void {
  lapseListeners.add(listener);
  return () => lapseListeners.delete(listener);
}

/** Whether requests wait for somebody to sign in again. */
export function hasLapsed(): boolean {
  return waiting.length > 0;
}

function signedInAgain(): Promise<boolean> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    for (const listener of lapseListeners) listener();
  });
}

/** Lets the requests that wait go on as the person who has signed in again, or refuses them. */
export function endLapse(signedIn: boolean): void {
  const ended = waiting;
  waiting = [];
  for (const resolve of ended) resolve(signedIn);
  for (const listener of lapseListeners) listener();
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { type: 'about:blank', title: response.statusText, status: response.status, code: `http_${response.status}`, detail: '', request_id: '' };
  }
}

/** What every request of the console carries beside what it asks. */
function sign(request: Request): Request {
  const signed = new Request(request.clone(), { credentials: 'same-origin' });
  signed.headers.delete(asGuest);
  signed.headers.set('Accept-Language', currentLanguage());
  if (request.method !== 'GET') signed.headers.set('X-Danggol-Console', '1');
  return signed;
}

/**
 * Sends a request; a refusal is thrown as a {@link ProblemError}, silence as an {@link UnreachableError}. When the session has ended,
 * it waits until the same person has signed in again and is sent once more, so that no form loses what was typed.
 */
export async function send(request: Request): Promise<Response> {
  for (;;) {
    try {
      return await sendOnce(request);
    } catch (error) {
      const lapsed = error instanceof ProblemError && error.problem.code === 'unauthenticated' && !request.headers.has(asGuest);
      if (!lapsed || request.signal.aborted || !(await signedInAgain())) throw error;
    }
  }
}

async function sendOnce(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(sign(request));
  } catch (error) {
    if (request.signal.aborted) throw error;
    tell(false);
    throw new UnreachableError('unreachable');
  }
  if (response.status === 502 || response.status === 504) {
    tell(false);
    throw new UnreachableError('unreachable');
  }
  tell(true);
  if (!response.ok) throw new ProblemError(await problemOf(response));
  return response;
}
