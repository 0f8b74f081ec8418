import { useEffect, useState } from 'react';

/** A value that follows once it has stood still for a while, so that each keystroke is not a request. */
export function useLater<V>(value: V, milliseconds: number): V {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return later;
}
