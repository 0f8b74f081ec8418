/** Grey lines in the shape of what is coming. */
export function Bones({ lines = 4, tall = false }: { lines?: number; tall?: boolean }) {
  return (
    <div className="bones" aria-hidden="true">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={tall ? 'bone bone-tall' : 'bone'} style={{ width: `${92 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  );
}
