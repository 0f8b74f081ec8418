import type {
  AdjustmentResult, Asset, Attribute, BalanceExplanation, CheckedProgramme, Entry, Import, ImportKind, Key, Lot, Member, MemberFields,
  MemberRow, NewIdentity, NewMember, NewPurchase, Note, Page, Product, Programme, ProgrammeState, ProgrammeVersion, Purchase,
  PurchaseResult, Pyramid, PyramidMember, ReturnLines, ReturnResult, Role, Scope, Session, Setup, Store, TierExplanation, TimelineItem,
  Today, User, Weights,
} from '@danggol/api';
import { request } from './request';

/** One function for each thing that the console asks of the server. */

type Signal = AbortSignal | undefined;

export const getSetup = () => request<{ needs_owner: boolean }>('GET', '/setup');
export const doSetup = (body: Setup) => request<Session>('POST', '/setup', { body });
export const getSession = () => request<Session>('GET', '/session');
export const signIn = (login: string, password: string) => request<Session>('POST', '/session', { body: { login, password } });
export const signOut = () => request<void>('DELETE', '/session');
export const changePassword = (current: string, next: string) => request<void>('POST', '/session/password', { body: { current, new: next } });

export const getToday = (signal?: Signal) => request<Today>('GET', '/today', { signal });

export const searchMembers = (query: string, limit: number, cursor?: string | null, signal?: Signal) =>
  request<Page<MemberRow>>('POST', '/members/search', { body: { query, limit, ...(cursor ? { cursor } : {}) }, signal });
export const lookupMember = (identity: NewIdentity) => request<Member>('POST', '/members/lookup', { body: identity });
export const getMember = (id: string, signal?: Signal) => request<Member>('GET', `/members/${id}`, { signal });
export const createMember = (body: NewMember, idempotencyKey: string) => request<Member>('POST', '/members', { body, idempotencyKey });
export const patchMember = (id: string, body: MemberFields) => request<Member>('PATCH', `/members/${id}`, { body });
export const addIdentity = (id: string, body: NewIdentity) => request<Member>('POST', `/members/${id}/identities`, { body });
export const removeIdentity = (id: string, identity: string) => request<Member>('DELETE', `/members/${id}/identities/${identity}`);
export const replaceCard = (id: string, reason: string) => request<Member>('POST', `/members/${id}/card-replacements`, { body: { reason } });
export const addNote = (id: string, text: string) => request<Note>('POST', `/members/${id}/notes`, { body: { text } });
export const codeImage = (id: string, kind: 'barcode' | 'qr') => `/api/v1/members/${id}/${kind}.svg`;

export const getTimeline = (id: string, cursor: string | null, signal?: Signal) =>
  request<Page<TimelineItem>>('GET', `/members/${id}/timeline`, { query: { limit: 30, cursor }, signal });
export const getPurchases = (id: string, cursor: string | null, signal?: Signal) =>
  request<Page<Purchase>>('GET', `/members/${id}/purchases`, { query: { limit: 30, cursor }, signal });
export const getLots = (id: string, signal?: Signal) => request<Page<Lot>>('GET', `/members/${id}/lots`, { signal });
export const getEntries = (id: string, cursor: string | null, signal?: Signal) =>
  request<Page<Entry>>('GET', `/members/${id}/entries`, { query: { limit: 30, cursor }, signal });

export const explainBalance = (id: string, asset: Asset, signal?: Signal) =>
  request<BalanceExplanation>('GET', `/explain/balance/${id}`, { query: { asset }, signal });
export const explainTier = (id: string, signal?: Signal) => request<TierExplanation>('GET', `/explain/tier/${id}`, { signal });

export interface Adjustment {
  asset: Asset;
  amount: number;
  reason: string;
}
export const adjust = (id: string, body: Adjustment, write: { dryRun: boolean; idempotencyKey?: string }) =>
  request<AdjustmentResult>('POST', `/members/${id}/adjustments`, { body, ...write });

export const quotePurchase = (body: NewPurchase, signal?: Signal) => request<PurchaseResult>('POST', '/purchases/quote', { body, signal });
export const postPurchase = (body: NewPurchase, idempotencyKey: string) => request<PurchaseResult>('POST', '/purchases', { body, idempotencyKey });
export const getPurchase = (id: string, signal?: Signal) => request<Purchase>('GET', `/purchases/${id}`, { signal });
export const returnPurchase = (id: string, body: ReturnLines, write: { dryRun: boolean; idempotencyKey?: string }) =>
  request<ReturnResult>('POST', `/purchases/${id}/returns`, { body, ...write });

export const getProgramme = () => request<ProgrammeState>('GET', '/programme');
export const saveDraft = (programme: Programme) => request<CheckedProgramme>('PUT', '/programme/draft', { body: { programme } });
export const dropDraft = () => request<void>('DELETE', '/programme/draft');
export const publishProgramme = (note: string) => request<{ version: number }>('POST', '/programme/publish', { body: note ? { note } : {} });
export const getVersions = () => request<Page<ProgrammeVersion>>('GET', '/programme/versions');
export const checkProgramme = (programme: Programme, signal?: Signal) =>
  request<CheckedProgramme>('POST', '/programme/check', { body: { programme }, signal });
export const getAttributes = () => request<Page<Attribute>>('GET', '/attributes');

/** `amount:1,frequency:2` as the address carries weights. */
export const writeWeights = (weights: Weights) =>
  Object.entries(weights)
    .filter(([, weight]) => weight > 0)
    .map(([name, weight]) => `${name}:${weight}`)
    .join(',');
export interface PyramidAsk {
  from?: string;
  to?: string;
  weights?: string;
}
export const getPyramid = (ask: PyramidAsk, signal?: Signal) => request<Pyramid>('GET', '/pyramid', { query: { ...ask }, signal });
export const getPyramidMembers = (ask: PyramidAsk & { layer: string }, cursor: string | null, signal?: Signal) =>
  request<Page<PyramidMember>>('GET', '/pyramid/members', { query: { ...ask, limit: 50, cursor }, signal });

export const getStores = () => request<Page<Store>>('GET', '/stores');
export const searchProducts = (query: string, signal?: Signal) => request<Page<Product>>('POST', '/products/search', { body: { query }, signal });

export const getImports = () => request<Page<Import>>('GET', '/imports');
export const getImport = (id: string, signal?: Signal) => request<Import>('GET', `/imports/${id}`, { signal });
export const startImport = (id: string, columns: Record<string, number>, as: 'history' | 'earn') =>
  request<Import>('POST', `/imports/${id}/start`, { body: { columns, as } });
export const cancelImport = (id: string) => request<Import>('POST', `/imports/${id}/cancel`);
export const rejectsAddress = (id: string) => `/api/v1/imports/${id}/rejected.csv`;
export const uploadImport = (kind: ImportKind, file: File, signal?: Signal) => {
  const body = new FormData();
  body.append('file', file);
  return request<Import>('POST', '/imports', { query: { kind }, body, signal });
};

export const getKeys = () => request<Page<Key>>('GET', '/keys');
export const createKey = (name: string, scopes: Scope[]) => request<{ key: Key; secret: string }>('POST', '/keys', { body: { name, scopes } });
export const revokeKey = (id: string) => request<void>('DELETE', `/keys/${id}`);

export const getUsers = () => request<Page<User>>('GET', '/users');
export const createUser = (body: { name: string; login: string; password: string; role: Role }) => request<User>('POST', '/users', { body });
export const patchUser = (id: string, body: { name?: string; role?: Role; disabled?: boolean; password?: string }) =>
  request<User>('PATCH', `/users/${id}`, { body });
