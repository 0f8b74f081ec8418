import { Button } from 'antd';
import { ProblemError, UnreachableError } from '../data/request';
import { useText, type T } from '../language';

/** The sentence for a failure: the server's own where it wrote one. */
export function sentenceOf(error: unknown, t: T): string {
  if (error instanceof ProblemError) {
    if (error.problem.detail) return error.problem.detail;
    return t('trouble.refused', { status: error.problem.status });
  }
  if (error instanceof UnreachableError) return t('trouble.unreachable');
  return t('trouble.unexpected');
}

/** The field that a refusal is about, without array positions' brackets. */
export function fieldOf(error: unknown): string | null {
  return error instanceof ProblemError ? (error.problem.field ?? null) : null;
}

/** A failure in place: what happened, what to do, and the number to quote to whoever looks after the server. */
export function Trouble({ error, retry }: { error: unknown; retry?: () => void }) {
  const t = useText();
  const request = error instanceof ProblemError ? error.problem.request_id : null;
  return (
    <div className="trouble" role="alert">
      <p>{sentenceOf(error, t)}</p>
      {request ? <p className="faint">{t('trouble.request', { id: request })}</p> : null}
      {retry ? (
        <Button size="small" onClick={retry}>
          {t('trouble.retry')}
        </Button>
      ) : null}
    </div>
  );
}
