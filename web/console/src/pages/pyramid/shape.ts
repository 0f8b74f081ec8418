/** The outline of a pyramid's slices, from the top down. */
export interface Slice {
  points: [number, number][];
  middle: number;
}

/** Cuts an upright triangle of the given size into slices of equal height with a small gap between them. */
export function slices(count: number, width: number, height: number, gap: number): Slice[] {
  const each = (height - gap * (count - 1)) / count;
  const half = (y: number) => (y / height) * (width / 2);
  return Array.from({ length: count }, (_, index) => {
    const top = index * (each + gap);
    const bottom = top + each;
    const points: [number, number][] = [
      [width / 2 - half(top), top],
      [width / 2 + half(top), top],
      [width / 2 + half(bottom), bottom],
      [width / 2 - half(bottom), bottom],
    ];
    return { points, middle: (top + bottom) / 2 };
  });
}
