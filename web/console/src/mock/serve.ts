import type { Language, Problem, Role, Session } from '@danggol/api';
import { newBrand, type MockBrand } from './brand';
import { routes } from './routes';
import { said } from './words';

/** Answers the console's requests in place of a server: `vite --mode mock` only, never in what is built. */

export interface Ask {
  method: string;
  path: string;
  params: string[];
  query: URLSearchParams;
  body: Record<string, unknown>;
  form: FormData | null;
  language: Language;
}

export interface Desk {
  brand: MockBrand;
  session: Session | null;
  needsOwner: boolean;
  setSession: (session: Session | null) => void;
}

export class Refusal extends Error {
  readonly problem: Problem;
  constructor(status: number, code: string, detail: string, more: Partial<Problem> = {}) {
    super(detail);
    this.problem = { type: `about:blank`, title: code, status, code, detail, request_id: 'req_mock', ...more };
  }
}

const kept = 'danggol.mock.session';

export function sessionFor(language: Language, role: Role): Session {
  const korean = language === 'ko';
  return {
    user: { id: 'usr_1', name: { 'zh-CN': '店长小林', 'zh-TW': '店長小林', ko: '점장 하나', en: 'Robin' }[language], login: 'owner', role, language: null },
    brand: {
      name: { 'zh-CN': '常青药房', 'zh-TW': '長青藥局', ko: '늘봄약국', en: 'Evergreen Pharmacy' }[language],
      currency: korean ? 'KRW' : language === 'en' ? 'USD' : language === 'zh-TW' ? 'TWD' : 'CNY', currency_exponent: korean ? 0 : 2,
      country: korean ? 'KR' : 'CN', time_zone: korean ? 'Asia/Seoul' : 'Asia/Shanghai', language, day_cut_hour: 0,
    },
  };
}

export function serveMock(): void {
  const look = new URLSearchParams(location.search);
  for (const name of ['mock', 'role']) {
    const value = look.get(name);
    if (value) sessionStorage.setItem(`danggol.mock.${name}`, value);
  }
  const kind = sessionStorage.getItem('danggol.mock.mock') ?? 'full';
  const role = (sessionStorage.getItem('danggol.mock.role') ?? 'owner') as Role;
  const language = (localStorage.getItem('danggol.language') ?? 'zh-CN') as Language;
  const desk: Desk = {
    brand: newBrand(kind === 'full' ? 420 : 0, language),
    session: null,
    needsOwner: kind === 'new',
    setSession: (session) => {
      desk.session = session;
      if (session) sessionStorage.setItem(kept, '1');
      else sessionStorage.removeItem(kept);
    },
  };
  desk.brand.users = [{ ...sessionFor(language, 'owner').user, created_at: new Date().toISOString() }];
  if (sessionStorage.getItem(kept)) desk.session = sessionFor(language, role);
  const real = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (!url.pathname.startsWith('/api/v1')) return real(input, init);
    await new Promise((done) => setTimeout(done, url.pathname.endsWith('search') || url.pathname.endsWith('quote') ? 40 : 120));
    request.signal.throwIfAborted();
    return answer(desk, url, request);
  };
}

async function answer(desk: Desk, url: URL, request: Request): Promise<Response> {
  const { method } = request;
  const path = url.pathname.slice('/api/v1'.length);
  const type = request.headers.get('Content-Type') ?? '';
  const form = type.startsWith('multipart/') ? await request.formData() : null;
  const body = type.includes('json') ? ((await request.json()) as Record<string, unknown>) : {};
  const language = (request.headers.get('Accept-Language') ?? 'en') as Language;
  try {
    for (const [verb, pattern, handler] of routes) {
      const match = verb === method ? new RegExp(`^${pattern.replaceAll(':id', '([^/]+)')}$`).exec(path) : null;
      if (!match) continue;
      const open = path === '/session' || path === '/setup';
      if (!open && !desk.session) throw new Refusal(401, 'signed_out', 'signed out');
      const result = handler(desk, { method, path, params: match.slice(1), query: url.searchParams, body, form, language });
      return result === undefined ? new Response(null, { status: 204 }) : Response.json(result);
    }
    throw new Refusal(404, 'not_found', said('nofile', language));
  } catch (error) {
    if (error instanceof Refusal) return Response.json(error.problem, { status: error.problem.status });
    throw error;
  }
}
