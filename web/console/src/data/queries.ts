import { infiniteQueryOptions, MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import type { Asset, AttributeName, Condition, MemberFilter, SavingsBasket, Session } from '@danggol/api';
import * as api from './api';
import { ProblemError, UnreachableError } from './request';

/** What is asked, under which name it is remembered, and for how long it counts as fresh. */

function forgetSession(error: unknown): void {
  if (error instanceof ProblemError && error.problem.code === 'unauthenticated') queries.setQueryData<Session | null>(session().queryKey, null);
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: forgetSession }),
  mutationCache: new MutationCache({ onError: forgetSession }),
  defaultOptions: {
    queries: { staleTime: 15_000, retry: (count, error) => error instanceof UnreachableError && count < 1, refetchOnWindowFocus: false },
    mutations: { retry: false },
  },
});

export const session = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: async (): Promise<Session | null> => {
      try {
        return await (queries.getQueryData(['session']) ? api.getSession() : api.findSession());
      } catch (error) {
        if (error instanceof ProblemError && (error.problem.status === 401 || error.problem.code === 'setup_needed')) return null;
        throw error;
      }
    },
    staleTime: 300_000,
  });

const firstCursor: string | null = null;
const nextCursor = (page: { next_cursor?: string | null }) => page.next_cursor ?? undefined;

export const setup = () => queryOptions({ queryKey: ['setup'], queryFn: api.getSetup });
export const brand = () => queryOptions({ queryKey: ['brand'], queryFn: ({ signal }) => api.getBrand(signal) });
export const brandChanges = () =>
  infiniteQueryOptions({
    queryKey: ['brand', 'changes'],
    queryFn: ({ pageParam, signal }) => api.getBrandChanges(pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });
export const today = () => queryOptions({ queryKey: ['today'], queryFn: ({ signal }) => api.getToday(signal) });

export const memberSearch = (query: string, filter: MemberFilter) =>
  infiniteQueryOptions({
    queryKey: ['members', 'search', query, filter],
    queryFn: ({ pageParam, signal }) => api.searchMembers(query, filter, 200, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
    placeholderData: (before) => before,
  });

export const memberCount = (filter: MemberFilter) =>
  queryOptions({ queryKey: ['members', 'count', filter], queryFn: ({ signal }) => api.countMembers(filter, signal), placeholderData: (before) => before });

export const memberViews = () => queryOptions({ queryKey: ['member-views'], queryFn: ({ signal }) => api.listMemberViews(signal) });

export const memberFind = (query: string) =>
  queryOptions({
    queryKey: ['members', 'find', query],
    queryFn: ({ signal }) => api.searchMembers(query, {}, 8, null, signal),
    enabled: query !== '',
  });

export const mergeRules = () => queryOptions({ queryKey: ['merge-rules'], queryFn: ({ signal }) => api.getMergeRules(signal) });

export const householdRules = () => queryOptions({ queryKey: ['household-rules'], queryFn: ({ signal }) => api.getHouseholdRules(signal) });

export const consentRules = () => queryOptions({ queryKey: ['consent-rules'], queryFn: ({ signal }) => api.getConsentRules(signal), staleTime: 300_000 });
export const memberConsents = (id: string) => queryOptions({ queryKey: ['member', id, 'consents'], queryFn: ({ signal }) => api.getMemberConsents(id, signal) });

/** Below the member, so that whatever changes her asks again. */
export const memberHousehold = (id: string) =>
  queryOptions({ queryKey: ['member', id, 'household'], queryFn: ({ signal }) => api.getMemberHousehold(id, signal) });

/** Named below the members, so that whatever changes one of them asks again. */
export const duplicates = (wanted: { least: number; dismissed: boolean }) =>
  infiniteQueryOptions({
    queryKey: ['members', 'duplicates', wanted],
    queryFn: ({ pageParam, signal }) => api.getDuplicates(wanted, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
    placeholderData: (before) => before,
    // Files change while somebody looks: what is found since comes by itself.
    refetchInterval: (query) => (query.state.data?.pages[0]?.progress ? 1500 : 5000),
  });
export const memberDuplicates = (id: string) => queryOptions({ queryKey: ['member', id, 'duplicates'], queryFn: ({ signal }) => api.getMemberDuplicates(id, signal) });

export const member = (id: string) => queryOptions({ queryKey: ['member', id], queryFn: ({ signal }) => api.getMember(id, signal) });

export const timeline = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['member', id, 'timeline'],
    queryFn: ({ pageParam, signal }) => api.getTimeline(id, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });

export const purchases = (id: string, wanted: api.PurchaseAsk = {}) =>
  infiniteQueryOptions({
    queryKey: ['member', id, 'purchases', wanted],
    queryFn: ({ pageParam, signal }) => api.getPurchases(id, wanted, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });

export const lots = (id: string) => queryOptions({ queryKey: ['member', id, 'lots'], queryFn: ({ signal }) => api.getLots(id, signal) });

export const statement = (id: string, days: { from?: string; to?: string }) =>
  queryOptions({ queryKey: ['member', id, 'statement', days], queryFn: ({ signal }) => api.getStatement(id, days, signal), placeholderData: (before) => before });

export const memberSavings = (id: string, days: { from?: string; to?: string }) =>
  queryOptions({ queryKey: ['member', id, 'savings', days], queryFn: ({ signal }) => api.getMemberSavings(id, days, signal), placeholderData: (before) => before });
export const basketSavings = (basket: SavingsBasket | null) =>
  queryOptions({ queryKey: ['savings', basket], queryFn: ({ signal }) => api.getBasketSavings(basket as SavingsBasket, signal), staleTime: 0, gcTime: 0 });

export const balanceWhy = (id: string, asset: Asset) =>
  queryOptions({ queryKey: ['member', id, 'balance-why', asset], queryFn: ({ signal }) => api.explainBalance(id, asset, signal) });
export const tierWhy = (id: string) =>
  queryOptions({ queryKey: ['member', id, 'tier-why'], queryFn: ({ signal }) => api.explainTier(id, signal) });

export const memberExpectedValue = (id: string) =>
  queryOptions({ queryKey: ['member', id, 'expected-value'], queryFn: ({ signal }) => api.getMemberExpectedValue(id, signal) });
export const expectedValue = () => queryOptions({ queryKey: ['expected-value'], queryFn: ({ signal }) => api.getExpectedValue(signal) });

export const programme = () => queryOptions({ queryKey: ['programme'], queryFn: api.getProgramme });
export const versions = () => queryOptions({ queryKey: ['programme', 'versions'], queryFn: api.getVersions });
export const attributes = () => queryOptions({ queryKey: ['attributes'], queryFn: api.getAttributes, staleTime: 600_000 });

export const pyramid = (ask: api.PyramidAsk) =>
  queryOptions({ queryKey: ['pyramid', ask], queryFn: ({ signal }) => api.getPyramid(ask, signal), placeholderData: (before) => before });
export const pyramidMembers = (ask: api.PyramidAsk & { layer: string }) =>
  infiniteQueryOptions({
    queryKey: ['pyramid', 'members', ask],
    queryFn: ({ pageParam, signal }) => api.getPyramidMembers(ask, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });

export const segments = () => queryOptions({ queryKey: ['segments'], queryFn: ({ signal }) => api.getSegments(signal) });
/** How many members are in each segment now, by its id. */
export const segmentCounts = () =>
  queryOptions({
    queryKey: ['segments', 'counts'],
    staleTime: 0,
    queryFn: async ({ signal }) => new Map((await api.getSegmentCounts(signal)).items.map((one) => [one.segment_id, one.members])),
  });
export const segment = (id: string) => queryOptions({ queryKey: ['segments', id], queryFn: ({ signal }) => api.getSegment(id, signal) });
export const segmentPreview = (id: string, condition: Condition) =>
  queryOptions({
    queryKey: ['segments', id, 'preview', condition],
    queryFn: ({ signal }) => api.previewSegment(condition, id, signal),
    placeholderData: (before) => before,
    staleTime: 0,
  });
export const segmentMembers = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['segments', id, 'members'],
    queryFn: ({ pageParam, signal }) => api.getSegmentMembers(id, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });
export const snapshots = (id: string) => queryOptions({ queryKey: ['segments', id, 'snapshots'], queryFn: ({ signal }) => api.getSnapshots(id, signal) });
export const segmentMovement = (id: string, span: { from: number; to: number; way: api.Way }) =>
  infiniteQueryOptions({
    queryKey: ['segments', id, 'movement', span],
    queryFn: ({ pageParam, signal }) => api.getSegmentMovement(id, span, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });
export const memberSegments = (id: string) => queryOptions({ queryKey: ['member', id, 'segments'], queryFn: ({ signal }) => api.getMemberSegments(id, signal) });

export const tags = () => queryOptions({ queryKey: ['tags'], queryFn: ({ signal }) => api.getTags(signal) });
export const memberCoupons = (id: string) => queryOptions({ queryKey: ['member', id, 'coupons'], queryFn: ({ signal }) => api.getMemberCoupons(id, signal) });
export const couponTemplates = () =>
  infiniteQueryOptions({
    queryKey: ['coupon-templates'],
    queryFn: ({ pageParam, signal }) => api.getCouponTemplates(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? null,
  });
export const gifts = () => queryOptions({ queryKey: ['gifts'], queryFn: ({ signal }) => api.getGifts(signal) });
export const festivals = () => queryOptions({ queryKey: ['festivals'], queryFn: ({ signal }) => api.getFestivals(signal) });
export const memberGifts = (id: string) => queryOptions({ queryKey: ['member', id, 'gifts'], queryFn: ({ signal }) => api.getMemberGifts(id, signal) });
export const giftOffers = (id: string) => queryOptions({ queryKey: ['member', id, 'gift-offers'], queryFn: ({ signal }) => api.getGiftOffers(id, signal), staleTime: 0 });
export const memberTags = (id: string) => queryOptions({ queryKey: ['member', id, 'tags'], queryFn: ({ signal }) => api.getMemberTags(id, signal) });

export const portrait = (id: string) => queryOptions({ queryKey: ['member', id, 'portrait'], queryFn: ({ signal }) => api.getPortrait(id, signal) });
export const memberMarks = (id: string) => queryOptions({ queryKey: ['member', id, 'marks'], queryFn: ({ signal }) => api.getMemberMarks(id, signal) });
export const memberClass = (id: string) => queryOptions({ queryKey: ['member', id, 'class'], queryFn: ({ signal }) => api.getMemberClass(id, signal) });
export const questions = () => queryOptions({ queryKey: ['questions'], queryFn: ({ signal }) => api.getQuestions(signal) });
export const overlap = (id: string, part: string) => queryOptions({ queryKey: ['segments', id, 'overlap', part], queryFn: ({ signal }) => api.getOverlap(id, part, signal), enabled: part !== '' });
export const classes = () => queryOptions({ queryKey: ['classes'], queryFn: ({ signal }) => api.getClasses(signal) });
export const classMembers = (attribute: AttributeName, value: string) =>
  infiniteQueryOptions({
    queryKey: ['classes', attribute, value],
    queryFn: ({ pageParam, signal }) => api.getClassMembers(attribute, value, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });
export const bands = () => queryOptions({ queryKey: ['bands'], queryFn: ({ signal }) => api.getBands(signal) });
export const bandMembers = (wanted: api.BandAsk) =>
  infiniteQueryOptions({
    queryKey: ['bands', wanted],
    queryFn: ({ pageParam, signal }) => api.getBandMembers(wanted, pageParam, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });
export const whatIf = () =>
  queryOptions({
    queryKey: ['what-if'],
    queryFn: ({ signal }) => api.getWhatIf(signal),
    refetchInterval: (query) => (query.state.data?.progress ? 500 : false),
    staleTime: 0,
  });
export const lifestyles = () =>
  queryOptions({
    queryKey: ['lifestyles'],
    queryFn: ({ signal }) => api.getLifestyles(signal),
    refetchInterval: (query) => (query.state.data?.state === 'running' ? 1000 : false),
  });
export const lifestyleCategories = () => queryOptions({ queryKey: ['lifestyles', 'categories'], queryFn: ({ signal }) => api.getLifestyleCategories(signal) });
export const memberLifestyle = (id: string) => queryOptions({ queryKey: ['member', id, 'lifestyle'], queryFn: ({ signal }) => api.getMemberLifestyle(id, signal) });
export const movement = (wanted: api.PyramidAsk) => queryOptions({ queryKey: ['movement', wanted], queryFn: ({ signal }) => api.getMovement(wanted, signal) });
export const movers = (wanted: api.MoversAsk) =>
  infiniteQueryOptions({
    queryKey: ['movement', wanted, 'members'],
    queryFn: ({ pageParam, signal }) => api.getMovers(wanted, pageParam, 50, signal),
    initialPageParam: firstCursor,
    getNextPageParam: nextCursor,
  });
export const guards = () => queryOptions({ queryKey: ['guards'], queryFn: ({ signal }) => api.getGuards(signal) });

export const stores = () => queryOptions({ queryKey: ['stores'], queryFn: api.getStores, staleTime: 300_000 });
export const products = (query: string) =>
  queryOptions({ queryKey: ['products', query], queryFn: ({ signal }) => api.searchProducts(query, signal), enabled: query !== '' });

export const imports = () => queryOptions({ queryKey: ['imports'], queryFn: api.getImports });
export const importOf = (id: string) =>
  queryOptions({
    queryKey: ['imports', id],
    queryFn: ({ signal }) => api.getImport(id, signal),
    refetchInterval: (query) => (query.state.data?.status === 'running' ? 700 : false),
  });

export const keys = () => queryOptions({ queryKey: ['keys'], queryFn: api.getKeys });
export const users = () => queryOptions({ queryKey: ['users'], queryFn: api.getUsers });
