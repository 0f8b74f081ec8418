import type { Problem } from '@danggol/api';
import { currentLanguage } from '../language';

/** The server's refusal (RFC 9457), with the sentence that it wrote for this reader. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** The server could not be reached at all. */
export class UnreachableError extends Error {}

export interface Options {
  query?: Record<string, string | number | boolean | null | undefined>;
  body?: unknown;
  idempotencyKey?: string;
  dryRun?: boolean;
  signal?: AbortSignal;
}

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

export function address(path: string, query: Options['query'], dryRun?: boolean): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  if (dryRun) search.set('dry_run', 'true');
  const tail = search.toString();
  return `/api/v1${path}${tail ? `?${tail}` : ''}`;
}

function headers(method: string, options: Options): Headers {
  const out = new Headers({ Accept: 'application/json', 'Accept-Language': currentLanguage() });
  if (method !== 'GET') out.set('X-Danggol-Console', '1');
  if (options.body !== undefined && !(options.body instanceof FormData)) out.set('Content-Type', 'application/json');
  if (options.idempotencyKey) out.set('Idempotency-Key', options.idempotencyKey);
  return out;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { type: 'about:blank', title: response.statusText, status: response.status, code: `http_${response.status}`, detail: '' };
  }
}

/** One request to the API; answers the parsed body, or throws a {@link ProblemError} or an {@link UnreachableError}. */
export async function request<R>(method: string, path: string, options: Options = {}): Promise<R> {
  let response: Response;
  try {
    response = await fetch(address(path, options.query, options.dryRun), {
      method,
      headers: headers(method, options),
      body: options.body === undefined ? null : options.body instanceof FormData ? options.body : JSON.stringify(options.body),
      credentials: 'same-origin',
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    tell(false);
    throw new UnreachableError('unreachable');
  }
  if (response.status === 502 || response.status === 504) {
    tell(false);
    throw new UnreachableError('unreachable');
  }
  tell(true);
  if (!response.ok) throw new ProblemError(await problemOf(response));
  if (response.status === 204) return undefined as R;
  return (await response.json()) as R;
}
