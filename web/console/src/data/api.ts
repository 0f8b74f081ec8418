import createClient from 'openapi-fetch';
import type { paths } from '@danggol/api/schema';
import type {
  Asset, AttributeName, BandRules, BrandPatch, CheckedProgramme, ClassRules, Condition, ConsentDraft, ConsentRulesDraft, CouponTemplate, FestivalTerms, Gift, GiftTerms, HandingOver, HouseholdDraft, HouseholdPatch, HouseholdRole, HouseholdRules, ImportKind, IncomeKind, ListExport, MemberFields, MemberFilter, MemberView, MergeRules, NewAdjustment, NewCouponTemplate, NewIdentity, NewMember, NewPurchase, NewRefund, NewReservation, NewReturn, NewTopUp, NewTag, NewUser, Page, Programme, ProgrammeState, Restocking, SavingsBasket, Scope,
  Setup, TagPatch, UserPatch, Weights,
} from '@danggol/api';
import { asGuest, send } from './request';

/**
 * One function for each thing that the console asks of the server. The client knows the generated description of the API, so a
 * path, parameter or body that the server does not have is a type error here.
 */
const client = createClient<paths>({ baseUrl: '', fetch: send });

type Signal = AbortSignal | undefined;

/** The body of an answer; refusals have been thrown before this. */
async function body<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  return (await answer).data as Data;
}

interface Write {
  dryRun: boolean;
  idempotencyKey?: string;
}
const once = (idempotencyKey: string | undefined) => (idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {});

/** A file as the form that carries it. */
const formOf = (file: File) => () => {
  const form = new FormData();
  form.append('file', file);
  return form;
};

const page = (cursor: string | null, limit: number) => ({ limit, ...(cursor ? { cursor } : {}) });

export const getSetup = () => body(client.GET('/api/v1/setup', { headers: { [asGuest]: '1' } }));
export const doSetup = (setup: Setup) => body(client.POST('/api/v1/setup', { body: setup }));
export const getSession = () => body(client.GET('/api/v1/session'));
/** Who is signed in, asked before anybody is known to be: that nobody is, is an answer. */
export const findSession = () => body(client.GET('/api/v1/session', { headers: { [asGuest]: '1' } }));
export const signIn = (login: string, password: string) => body(client.POST('/api/v1/session', { body: { login, password }, headers: { [asGuest]: '1' } }));
export const signOut = () => body(client.DELETE('/api/v1/session', { headers: { [asGuest]: '1' } }));
export const changePassword = (current: string, next: string) => body(client.POST('/api/v1/session/password', { body: { current, new: next } }));

export const getBrand = (signal?: Signal) => body(client.GET('/api/v1/brand', { signal }));
export const patchBrand = (brand: BrandPatch) => body(client.PATCH('/api/v1/brand', { body: brand }));
export const getBrandChanges = (cursor: string | null, signal?: Signal) => body(client.GET('/api/v1/brand/changes', { params: { query: page(cursor, 20) }, signal }));

export const getToday = (signal?: Signal) => body(client.GET('/api/v1/today', { signal }));

export const searchMembers = (query: string, filter: MemberFilter, limit: number, cursor?: string | null, signal?: Signal) =>
  body(client.POST('/api/v1/members/search', { body: { query, filter, limit, ...(cursor ? { cursor } : {}) }, signal }));
export const countMembers = (filter: MemberFilter, signal?: Signal) => body(client.POST('/api/v1/members/count', { body: { filter }, signal }));
export const listMemberViews = (signal?: Signal) => body(client.GET('/api/v1/member-views', { signal }));
export const keepMemberViews = (items: MemberView[]) => body(client.PUT('/api/v1/member-views', { body: { items } }));
export const exportMembers = (what: ListExport): Promise<Blob> => body(client.POST('/api/v1/members/export', { body: what, parseAs: 'blob' }));
export const getMember = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}', { params: { path: { id } }, signal }));
export const createMember = (member: NewMember, idempotencyKey: string) =>
  body(client.POST('/api/v1/members', { body: member, params: { header: once(idempotencyKey) } }));
export const patchMember = (id: string, fields: MemberFields) => body(client.PATCH('/api/v1/members/{id}', { params: { path: { id } }, body: fields }));
export const addIdentity = (id: string, identity: NewIdentity) => body(client.POST('/api/v1/members/{id}/identities', { params: { path: { id } }, body: identity }));
export const removeIdentity = (id: string, part: string) => body(client.DELETE('/api/v1/members/{id}/identities/{part}', { params: { path: { id, part } } }));
export const replaceCard = (id: string, reason: string) => body(client.POST('/api/v1/members/{id}/card-replacements', { params: { path: { id } }, body: { reason } }));
export const closeMembers = (members: string[], reason: string, idempotencyKey: string) =>
  body(client.POST('/api/v1/members/close', { body: { members, ...(reason ? { reason } : {}) }, params: { header: once(idempotencyKey) } }));
export const reopenMembers = (members: string[], idempotencyKey: string) =>
  body(client.POST('/api/v1/members/reopen', { body: { members }, params: { header: once(idempotencyKey) } }));
export const listMerges = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/merges', { params: { path: { id } }, signal }));
export const getMergeRules = (signal?: Signal) => body(client.GET('/api/v1/merge-rules', { signal }));
export const putMergeRules = (rules: MergeRules) => body(client.PUT('/api/v1/merge-rules', { body: rules }));
export const getMemberHousehold = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/household', { params: { path: { id } }, signal }));
export const makeHousehold = (household: HouseholdDraft, idempotencyKey: string) => body(client.POST('/api/v1/households', { body: household, params: { header: once(idempotencyKey) } }));
export const patchHousehold = (id: string, change: HouseholdPatch) => body(client.PATCH('/api/v1/households/{id}', { params: { path: { id } }, body: change }));
export const joinHousehold = (id: string, member: string, role: HouseholdRole) =>
  body(client.PUT('/api/v1/households/{id}/members/{member}', { params: { path: { id, member } }, body: { role } }));
export const leaveHousehold = (id: string, member: string) => body(client.DELETE('/api/v1/households/{id}/members/{member}', { params: { path: { id, member } } }));
export const dissolveHousehold = (id: string) => body(client.POST('/api/v1/households/{id}/dissolve', { params: { path: { id } } }));
export const restoreHousehold = (id: string) => body(client.POST('/api/v1/households/{id}/restore', { params: { path: { id } } }));
export const getMemberConsents = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/consents', { params: { path: { id } }, signal }));
export const sayConsents = (id: string, said: ConsentDraft[], idempotencyKey: string) =>
  body(client.POST('/api/v1/members/{id}/consents', { params: { path: { id }, header: once(idempotencyKey) }, body: { said } }));
export const getConsentRules = (signal?: Signal) => body(client.GET('/api/v1/consent-rules', { signal }));
export const putConsentRules = (rules: ConsentRulesDraft) => body(client.PUT('/api/v1/consent-rules', { body: rules }));
export const getHouseholdRules = (signal?: Signal) => body(client.GET('/api/v1/household-rules', { signal }));
export const putHouseholdRules = (rules: HouseholdRules) => body(client.PUT('/api/v1/household-rules', { body: rules }));
export const getDuplicates = (wanted: { least: number; dismissed: boolean }, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/duplicates', { params: { query: { ...wanted, ...page(cursor, 30) } }, signal }));
export const getMemberDuplicates = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/duplicates', { params: { path: { id } }, signal }));
export const dismissDuplicate = ([one, other]: [string, string]) => body(client.POST('/api/v1/duplicates/{one}/{other}/dismiss', { params: { path: { one, other } } }));
export const restoreDuplicate = ([one, other]: [string, string]) => body(client.DELETE('/api/v1/duplicates/{one}/{other}/dismiss', { params: { path: { one, other } } }));
export const previewMerge = (keep: string, absorb: string, signal?: Signal) => body(client.POST('/api/v1/merges/preview', { body: { keep, absorb }, signal }));
export const mergeMembers = (keep: string, absorb: string, idempotencyKey: string) =>
  body(client.POST('/api/v1/merges', { body: { keep, absorb }, params: { header: once(idempotencyKey) } }));
export const undoMerge = (id: string) => body(client.DELETE('/api/v1/merges/{id}', { params: { path: { id } } }));
export const addNote = (id: string, text: string) => body(client.POST('/api/v1/members/{id}/notes', { params: { path: { id } }, body: { text } }));
export const codeImage = (id: string, kind: 'barcode' | 'qr') => `/api/v1/members/${id}/${kind}.svg`;

export const getTimeline = (id: string, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/members/{id}/timeline', { params: { path: { id }, query: page(cursor, 30) }, signal }));
/** Which purchases of a member: all, or those behind a figure. */
export interface PurchaseAsk {
  category?: string;
  sku?: string;
  brand?: string;
  store?: string;
  channel?: string;
  returned?: boolean;
  discounted?: boolean;
  with_coupon?: boolean;
  from?: string;
  to?: string;
}
export const getPurchases = (id: string, wanted: PurchaseAsk, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/members/{id}/purchases', { params: { path: { id }, query: { ...wanted, ...page(cursor, 30) } }, signal }));
export const getLots = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/lots', { params: { path: { id } }, signal }));

export const explainBalance = (id: string, asset: Asset, signal?: Signal) =>
  body(client.GET('/api/v1/explain/balance/{id}', { params: { path: { id }, query: { asset } }, signal }));
export const explainTier = (id: string, signal?: Signal) => body(client.GET('/api/v1/explain/tier/{id}', { params: { path: { id } }, signal }));

export const adjust = (id: string, adjustment: NewAdjustment, write: Write) =>
  body(
    client.POST('/api/v1/members/{id}/adjustments', {
      params: { path: { id }, query: { dry_run: write.dryRun }, header: once(write.idempotencyKey) },
      body: adjustment,
    }),
  );

export const topUp = (id: string, topUp_: NewTopUp, write: Write) =>
  body(
    client.POST('/api/v1/members/{id}/top-ups', {
      params: { path: { id }, query: { dry_run: write.dryRun }, header: once(write.idempotencyKey) },
      body: topUp_,
    }),
  );
export const refundValue = (id: string, refund: NewRefund, write: Write) =>
  body(
    client.POST('/api/v1/members/{id}/refunds', {
      params: { path: { id }, query: { dry_run: write.dryRun }, header: once(write.idempotencyKey) },
      body: refund,
    }),
  );
export const getStatement = (id: string, days: { from?: string; to?: string }, signal?: Signal) =>
  body(client.GET('/api/v1/members/{id}/statement', { params: { path: { id }, query: days }, signal }));

export const getMemberSavings = (id: string, days: { from?: string; to?: string }, signal?: Signal) =>
  body(client.GET('/api/v1/members/{id}/savings', { params: { path: { id }, query: days }, signal }));
export const getBasketSavings = (basket: SavingsBasket, signal?: Signal) => body(client.POST('/api/v1/purchases/savings', { body: basket, signal }));

export const quotePurchase = (purchase: NewPurchase, signal?: Signal) => body(client.POST('/api/v1/purchases/quote', { body: purchase, signal }));
export const postPurchase = (purchase: NewPurchase, idempotencyKey: string) =>
  body(client.POST('/api/v1/purchases', { body: purchase, params: { header: once(idempotencyKey) } }));
export const returnPurchase = (id: string, what: NewReturn, write: Write) =>
  body(
    client.POST('/api/v1/purchases/{id}/returns', {
      params: { path: { id }, query: { dry_run: write.dryRun }, header: once(write.idempotencyKey) },
      body: what,
    }),
  );

/** The server fills in every default of a programme when it answers, which the description of what may be sent cannot say. */
export const getProgramme = () => body(client.GET('/api/v1/programme')) as Promise<ProgrammeState>;
export const saveDraft = (programme: Programme): Promise<CheckedProgramme> => body(client.PUT('/api/v1/programme/draft', { body: { programme } }));
export const dropDraft = () => body(client.DELETE('/api/v1/programme/draft'));
export const publishProgramme = (note: string) => body(client.POST('/api/v1/programme/publish', { body: note ? { note } : {} }));
export const getVersions = () => body(client.GET('/api/v1/programme/versions'));
export const checkProgramme = (programme: Programme, signal?: Signal): Promise<CheckedProgramme> => body(client.POST('/api/v1/programme/check', { body: { programme }, signal }));
export const getAttributes = () => body(client.GET('/api/v1/attributes'));

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
export const getPyramid = (ask: PyramidAsk, signal?: Signal) => body(client.GET('/api/v1/pyramid', { params: { query: { ...ask } }, signal }));
export const getPyramidMembers = (ask: PyramidAsk & { layer: string }, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/pyramid/members', { params: { query: { ...ask, ...page(cursor, 50) } }, signal }));

export const getExpectedValue = (signal?: Signal) => body(client.GET('/api/v1/expected-value', { signal }));
export const getMemberExpectedValue = (id: string, signal?: Signal) =>
  body(client.GET('/api/v1/members/{id}/expected-value', { params: { path: { id } }, signal }));

export const getSegments = (signal?: Signal) => body(client.GET('/api/v1/segments', { signal }));
export const getSegmentCounts = (signal?: Signal) => body(client.GET('/api/v1/segments/counts', { signal }));
export const getSegment = (id: string, signal?: Signal) => body(client.GET('/api/v1/segments/{id}', { params: { path: { id } }, signal }));
export const createSegment = (name: string, kind: 'rule' | 'list', condition?: Condition) =>
  body(client.POST('/api/v1/segments', { body: { name, kind, ...(condition ? { condition } : {}) } }));
export const renameSegment = (id: string, name: string) => body(client.PATCH('/api/v1/segments/{id}', { params: { path: { id } }, body: { name } }));
export const draftSegment = (id: string, condition: Condition) =>
  body(client.PATCH('/api/v1/segments/{id}', { params: { path: { id } }, body: { draft: condition as unknown as Record<string, never> } }));
export const applySegment = (id: string, condition: Condition) => body(client.PATCH('/api/v1/segments/{id}', { params: { path: { id } }, body: { condition } }));
export const archiveSegment = (id: string) => body(client.POST('/api/v1/segments/{id}/archive', { params: { path: { id } } }));
export const previewSegment = (condition: Condition, segmentId: string, signal?: Signal) =>
  body(client.POST('/api/v1/segments/preview', { body: { condition, segment_id: segmentId }, signal }));
export const getSegmentMembers = (id: string, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/segments/{id}/members', { params: { path: { id }, query: page(cursor, 50) }, signal }));
export const changeList = (id: string, change: { add?: string[]; identities?: NewIdentity[]; remove?: string[] }) =>
  body(client.POST('/api/v1/segments/{id}/members', { params: { path: { id } }, body: change }));
export const putFileOnList = (id: string, file: File) =>
  body(client.POST('/api/v1/segments/{id}/file', { params: { path: { id } }, body: { file: file.name }, bodySerializer: formOf(file) }));
export const getSnapshots = (id: string, signal?: Signal) => body(client.GET('/api/v1/segments/{id}/snapshots', { params: { path: { id } }, signal }));
export type Way = 'entered' | 'gone';
export const getSegmentMovement = (id: string, span: { from: number; to: number; way: Way }, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/segments/{id}/movement', { params: { path: { id }, query: { ...span, ...page(cursor, 50) } }, signal }));
export const takeSnapshot = (id: string) => body(client.POST('/api/v1/segments/{id}/snapshots', { params: { path: { id } } }));
export const getMemberSegments = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/segments', { params: { path: { id } }, signal }));

export const getCouponTemplates = (cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/coupon-templates', { params: { query: page(cursor, 50) }, signal })) as Promise<Page<CouponTemplate>>;
export const createCouponTemplate = (template: NewCouponTemplate, idempotencyKey: string) =>
  body(client.POST('/api/v1/coupon-templates', { body: template, headers: once(idempotencyKey) }));
export const closeCouponTemplate = (id: string) => body(client.POST('/api/v1/coupon-templates/{id}/close', { params: { path: { id } } }));
export const makeCouponCodes = (id: string, count: number, idempotencyKey: string) =>
  body(client.POST('/api/v1/coupon-templates/{id}/codes', { params: { path: { id } }, body: { count }, headers: once(idempotencyKey) }));
export const getMemberCoupons = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/coupons', { params: { path: { id } }, signal }));
export const giveCoupon = (id: string, what: { template_id: string } | { code: string }, idempotencyKey: string) =>
  body(client.POST('/api/v1/members/{id}/coupons', { params: { path: { id } }, body: what, headers: once(idempotencyKey) }));
export const releaseCoupon = (id: string, idempotencyKey: string) =>
  body(client.POST('/api/v1/coupons/{id}/release', { params: { path: { id } }, headers: once(idempotencyKey) }));
export const giveCouponsToSegment = (id: string, what: { segment_id: string; run: string; after: string | null }) =>
  body(client.POST('/api/v1/coupon-templates/{id}/segments', { params: { path: { id } }, body: what }));
export const voidCoupon = (id: string, reason: string) => body(client.POST('/api/v1/coupons/{id}/void', { params: { path: { id } }, body: { reason } }));

export const getGifts = (signal?: Signal) => body(client.GET('/api/v1/gifts', { signal })) as Promise<{ items: Gift[] }>;
export const createGift = (terms: GiftTerms, idempotencyKey: string) => body(client.POST('/api/v1/gifts', { body: terms, headers: once(idempotencyKey) }));
export const changeGift = (id: string, terms: GiftTerms) => body(client.PUT('/api/v1/gifts/{id}', { params: { path: { id } }, body: terms }));
export const restockGift = (id: string, stock: Restocking, idempotencyKey: string) =>
  body(client.POST('/api/v1/gifts/{id}/stock', { params: { path: { id } }, body: stock, headers: once(idempotencyKey) }));
export const getFestivals = (signal?: Signal) => body(client.GET('/api/v1/festivals', { signal }));
export const createFestival = (terms: FestivalTerms, idempotencyKey: string) => body(client.POST('/api/v1/festivals', { body: terms, headers: once(idempotencyKey) }));
export const changeFestival = (id: string, terms: FestivalTerms) => body(client.PUT('/api/v1/festivals/{id}', { params: { path: { id } }, body: terms }));
export const keepPicture = (data: string) => body(client.POST('/api/v1/pictures', { body: { data } }));
export const getGiftOffers = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/gift-offers', { params: { path: { id } }, signal }));
export const getMemberGifts = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/gifts', { params: { path: { id } }, signal }));
export const reserveGift = (id: string, what: NewReservation, idempotencyKey: string) =>
  body(client.POST('/api/v1/members/{id}/gifts', { params: { path: { id } }, body: what, headers: once(idempotencyKey) }));
export const lookUpReservation = (code: string) => body(client.POST('/api/v1/gift-reservations/lookup', { body: { code } }));
export const handOverGift = (id: string, how: HandingOver, idempotencyKey: string) =>
  body(client.POST('/api/v1/gift-reservations/{id}/hand-over', { params: { path: { id } }, body: how, headers: once(idempotencyKey) }));
export const cancelGift = (id: string, reason: string, idempotencyKey: string) =>
  body(client.POST('/api/v1/gift-reservations/{id}/cancel', { params: { path: { id } }, body: { reason }, headers: once(idempotencyKey) }));

export const getTags = (signal?: Signal) => body(client.GET('/api/v1/tags', { signal }));
export const createTag = (tag: NewTag) => body(client.POST('/api/v1/tags', { body: tag }));
export const changeTag = (id: string, tag: TagPatch) => body(client.PATCH('/api/v1/tags/{id}', { params: { path: { id } }, body: tag }));
export const archiveTag = (id: string) => body(client.POST('/api/v1/tags/{id}/archive', { params: { path: { id } } }));
export const createTagGroup = (name: string, exclusive: boolean) => body(client.POST('/api/v1/tag-groups', { body: { name, exclusive } }));
export const changeTagGroup = (id: string, group: { name?: string; exclusive?: boolean }) =>
  body(client.PATCH('/api/v1/tag-groups/{id}', { params: { path: { id } }, body: group }));
export const getMemberTags = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/tags', { params: { path: { id } }, signal }));
export const changeTags = (id: string, change: { add?: string[]; remove?: string[]; reason?: string }) =>
  body(client.POST('/api/v1/members/{id}/tags', { params: { path: { id } }, body: change }));

export const getPortrait = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/portrait', { params: { path: { id } }, signal }));
export const getMemberMarks = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/marks', { params: { path: { id } }, signal }));
export const getMemberClass = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/class', { params: { path: { id } }, signal }));
export const getQuestions = (signal?: Signal) => body(client.GET('/api/v1/questions', { signal }));
export const getOverlap = (id: string, part: string, signal?: Signal) => body(client.GET('/api/v1/segments/{id}/overlap/{part}', { params: { path: { id, part } }, signal }));
export const getClasses = (signal?: Signal) => body(client.GET('/api/v1/classes', { signal }));
export const putClassRules = (rules: ClassRules) => body(client.PUT('/api/v1/classes/rules', { body: rules }));
export const getClassMembers = (attribute: AttributeName, value: string, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/classes/members', { params: { query: { attribute, value, ...page(cursor, 50) } }, signal }));
export const getBands = (signal?: Signal) => body(client.GET('/api/v1/classes/bands', { signal }));
export const putBandRules = (rules: BandRules) => body(client.PUT('/api/v1/classes/bands/rules', { body: rules }));
export interface BandAsk {
  age_from?: number | undefined;
  income: IncomeKind;
  name?: string | undefined;
}
export const getBandMembers = ({ age_from, income, name }: BandAsk, cursor: string | null, signal?: Signal) =>
  body(client.GET('/api/v1/classes/bands/members', { params: { query: { income, ...(age_from === undefined ? {} : { age_from }), ...(name === undefined ? {} : { name }), ...page(cursor, 50) } }, signal }));
export const getWhatIf = (signal?: Signal) => body(client.GET('/api/v1/programme/what-if', { signal }));
export const beginWhatIf = () => body(client.POST('/api/v1/programme/what-if', { body: {} }));
export const cancelWhatIf = () => body(client.DELETE('/api/v1/programme/what-if', {}));
export const getLifestyles = (signal?: Signal) => body(client.GET('/api/v1/lifestyles', { signal }));
export const fitLifestyles = (groups: number | null) => body(client.POST('/api/v1/lifestyles/fits', { body: groups === null ? {} : { groups } }));
export const answerLifestyles = (take: boolean) => body(client.POST('/api/v1/lifestyles/proposal', { body: { take } }));
export const renameLifestyle = (code: string, name: string | null) =>
  body(client.PATCH('/api/v1/lifestyles/groups/{code}', { params: { path: { code } }, body: { name } }));
export const getLifestyleCategories = (signal?: Signal) => body(client.GET('/api/v1/lifestyles/categories', { signal }));
export const putLifestyleCategory = (category: string, meaning: string | null) => body(client.PUT('/api/v1/lifestyles/categories', { body: { category, meaning } }));
export const getMemberLifestyle = (id: string, signal?: Signal) => body(client.GET('/api/v1/members/{id}/lifestyle', { params: { path: { id } }, signal }));
export const getMovement = (ask: PyramidAsk, signal?: Signal) => body(client.GET('/api/v1/pyramid/movement', { params: { query: { ...ask } }, signal }));
export type MoversAsk = PyramidAsk & { layer_before?: string; layer?: string };
export const getMovers = (ask: MoversAsk, cursor: string | null, limit: number, signal?: Signal) =>
  body(client.GET('/api/v1/pyramid/movement/members', { params: { query: { ...ask, ...page(cursor, limit) } }, signal }));
export const keepMovers = (name: string, ask: MoversAsk) => body(client.POST('/api/v1/pyramid/movement/lists', { body: { name, ...ask } }));
export const getGuards = (signal?: Signal) => body(client.GET('/api/v1/pyramid/guards', { signal }));

export const getStores = () => body(client.GET('/api/v1/stores'));
export const searchProducts = (query: string, signal?: Signal) => body(client.POST('/api/v1/products/search', { body: { query }, signal }));

export const getKeys = () => body(client.GET('/api/v1/keys'));
export const createKey = (name: string, scopes: Scope[]) => body(client.POST('/api/v1/keys', { body: { name, scopes } }));
export const revokeKey = (id: string) => body(client.DELETE('/api/v1/keys/{id}', { params: { path: { id } } }));

export const getUsers = () => body(client.GET('/api/v1/users'));
export const createUser = (user: NewUser) => body(client.POST('/api/v1/users', { body: user }));
export const patchUser = (id: string, user: UserPatch) => body(client.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body: user }));

export const getImports = () => body(client.GET('/api/v1/imports'));
export const getImport = (id: string, signal?: Signal) => body(client.GET('/api/v1/imports/{id}', { params: { path: { id } }, signal }));
export const startImport = (id: string, columns: Record<string, number>, as: 'history' | 'earn') =>
  body(client.POST('/api/v1/imports/{id}/start', { params: { path: { id } }, body: { columns, as } }));
export const cancelImport = (id: string) => body(client.POST('/api/v1/imports/{id}/cancel', { params: { path: { id } } }));
export const rejectsAddress = (id: string) => `/api/v1/imports/${id}/rejected.csv`;
export const uploadImport = (kind: ImportKind, file: File, signal?: Signal) =>
  body(
    client.POST('/api/v1/imports', {
      params: { query: { kind } },
      body: { file: file.name },
      bodySerializer: formOf(file),
      signal,
    }),
  );
