const kept = 'danggol.counter.store';

/** Code of the store that this counter stands in; empty where nobody has said. */
export function keptStore(): string {
  return localStorage.getItem(kept) ?? '';
}

export function keepStore(store: string): void {
  localStorage.setItem(kept, store);
}
