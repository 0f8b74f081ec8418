import { useRef, useState } from 'react';
import { Segmented } from 'antd';
import { CloudUploadOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import type { Import, ImportKind } from '@danggol/api';
import { uploadImport } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { useFormat } from '../format';
import { useText } from '../language';
import { Bones } from '../parts/bones';
import { PageFrame } from '../parts/page';
import { Trouble } from '../parts/trouble';
import { paths } from '../paths';
import { importKindText, importStatusText } from '../text/names';
import './imports.css';

const kinds: ImportKind[] = ['purchases', 'members', 'products'];

function DropField({ kind, busy, onFile }: { kind: ImportKind; busy: boolean; onFile: (file: File) => void }) {
  const t = useText();
  const [over, setOver] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  return (
    <label
      className="drop"
      data-over={over}
      aria-busy={busy}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      <CloudUploadOutlined className="drop-mark" aria-hidden="true" />
      <strong>{t(busy ? 'import.uploading' : 'import.drop')}</strong>
      <span className="soft">{t(`import.drop.${kind}`)}</span>
      <span className="faint small">{t('import.formats')}</span>
      <input
        ref={field}
        type="file"
        className="only-heard"
        accept=".csv,.tsv,.txt,.xlsx,.parquet"
        disabled={busy}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          event.target.value = '';
        }}
      />
    </label>
  );
}

function Earlier({ items }: { items: Import[] }) {
  const t = useText();
  const format = useFormat();
  return (
    <section className="section" aria-labelledby="earlier">
      <h2 id="earlier">{t('import.earlier')}</h2>
      <div className="scroll-x" tabIndex={0} role="region" aria-labelledby="earlier">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{t('import.file')}</th>
              <th scope="col">{t('import.what')}</th>
              <th scope="col">{t('import.status')}</th>
              <th scope="col" className="number">
                {t('import.imported')}
              </th>
              <th scope="col" className="number">
                {t('import.refused')}
              </th>
              <th scope="col">{t('import.finished')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <td>
                  <Link to={paths.import(one.id)}>{one.file_name}</Link>
                </td>
                <td>{t(importKindText[one.kind])}</td>
                <td>
                  <span className={one.status === 'failed' ? 'mark mark-loss' : one.status === 'uploaded' ? 'mark mark-warn' : 'mark'}>{t(importStatusText[one.status])}</span>
                </td>
                <td className="number">{format.number(one.progress.imported)}</td>
                <td className="number">{format.number(one.progress.refused)}</td>
                <td>{one.finished_at ? format.dateTime(one.finished_at) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** Bring a file: choose what it holds, drop it, and see its first rows. */
export function Component() {
  const t = useText();
  const navigate = useNavigate();
  const [kind, setKind] = useState<ImportKind>('purchases');
  const earlier = useQuery({ ...ask.imports(), refetchInterval: (query) => (query.state.data?.items.some((one) => one.status === 'running') ? 2_000 : false) });
  const upload = useMutation({
    mutationFn: (file: File) => uploadImport(kind, file),
    onSuccess: (made) => {
      queries.setQueryData(ask.importOf(made.id).queryKey, made);
      void queries.invalidateQueries({ queryKey: ['imports'] });
      void navigate(paths.import(made.id));
    },
  });
  return (
    <PageFrame title={t('place.import')} lead={t('import.lead')}>
      <section className="section" aria-label={t('import.new')}>
        <Segmented<ImportKind>
          value={kind}
          aria-label={t('import.what')}
          options={kinds.map((value) => ({ value, label: t(importKindText[value]) }))}
          onChange={setKind}
        />
        <DropField kind={kind} busy={upload.isPending} onFile={(file) => upload.mutate(file)} />
        {upload.isError ? <Trouble error={upload.error} /> : null}
      </section>
      {earlier.isPending ? <Bones lines={3} /> : null}
      {earlier.isError ? <Trouble error={earlier.error} retry={() => void earlier.refetch()} /> : null}
      {earlier.data && earlier.data.items.length > 0 ? <Earlier items={earlier.data.items} /> : null}
    </PageFrame>
  );
}
