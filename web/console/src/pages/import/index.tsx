import { useEffect } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { PageFrame } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { importKindText } from '../../text/names';
import { Columns } from './columns';
import { Progress } from './progress';
import { Outcome } from './outcome';
import '../imports.css';

/** One file on its way in: its columns, then its progress, then what came of it. */
export function Component() {
  const t = useText();
  const { id = '' } = useParams();
  const file = useQuery(ask.importOf(id));
  const status = file.data?.status;
  useEffect(() => {
    if (status !== 'done') return;
    for (const queryKey of [['members'], ['today'], ['pyramid'], ['imports'], ['stores']]) void queries.invalidateQueries({ queryKey, exact: queryKey[0] === 'imports' });
  }, [status]);
  const data = file.data;
  return (
    <PageFrame
      wide
      title={data?.file_name ?? t('place.import')}
      lead={
        <>
          <Link to={paths.imports()}>{t('place.import')}</Link>
          {data ? ` · ${t(importKindText[data.kind])}` : null}
        </>
      }
    >
      {file.isPending ? <Bones lines={8} /> : null}
      {file.isError ? <Trouble error={file.error} retry={() => void file.refetch()} /> : null}
      {data?.status === 'uploaded' ? <Columns file={data} /> : null}
      {data?.status === 'running' ? <Progress file={data} /> : null}
      {data && (data.status === 'done' || data.status === 'failed' || data.status === 'cancelled') ? <Outcome file={data} /> : null}
    </PageFrame>
  );
}
