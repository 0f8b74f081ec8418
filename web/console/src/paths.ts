/** Every address of the console, from one place. */
export const paths = {
  today: () => '/today',
  counter: () => '/counter',
  counterMember: (id: string) => `/counter/${id}`,
  members: () => '/members',
  member: (id: string, tab?: string) => (tab ? `/members/${id}?tab=${tab}` : `/members/${id}`),
  pyramid: () => '/pyramid',
  benefits: () => '/benefits',
  imports: () => '/import',
  import: (id: string) => `/import/${id}`,
  settings: () => '/settings',
  account: () => '/settings/account',
  brand: () => '/settings/brand',
  users: () => '/settings/users',
  keys: () => '/settings/keys',
  signIn: (next?: string) => (next ? `/sign-in?next=${encodeURIComponent(next)}` : '/sign-in'),
  setup: () => '/setup',
};
