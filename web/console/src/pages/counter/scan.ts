/** A scanner types like a keyboard, only faster than any hand. */

const fastest = 35;
const shortest = 8;

export interface Keystrokes {
  firstMs: number;
  lastMs: number;
  count: number;
}

export const noKeystrokes: Keystrokes = { firstMs: 0, lastMs: 0, count: 0 };

/** Counts a keystroke; a pause begins a new run. */
export function keystroke(before: Keystrokes, atMs: number): Keystrokes {
  if (before.count === 0 || atMs - before.lastMs > fastest * 3) return { firstMs: atMs, lastMs: atMs, count: 1 };
  return { firstMs: before.firstMs, lastMs: atMs, count: before.count + 1 };
}

/** Whether the run that ends with Enter was a scanner: at least eight characters, at most 35 ms apart on average. */
export function isScan(run: Keystrokes, atMs: number): boolean {
  return run.count >= shortest && atMs - run.lastMs <= fastest * 3 && (run.lastMs - run.firstMs) / (run.count - 1) <= fastest;
}
