import { queries } from '../../data/queries';
import * as ask from '../../data/queries';

/** What is shown of segments and tags is asked for again. */
export function refresh(): void {
  void queries.invalidateQueries({ queryKey: ask.segments().queryKey });
  void queries.invalidateQueries({ queryKey: ask.tags().queryKey });
}
