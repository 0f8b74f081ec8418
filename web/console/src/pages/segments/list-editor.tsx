import { useRef, useState } from 'react';
import { Button, Input } from 'antd';
import { UploadOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { changeList, putFileOnList } from '../../data/api';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Trouble } from '../../parts/trouble';
import { refresh } from './refresh';

/** How many rows that name nobody are listed by their places. */
const placesShown = 10;

/** Everybody in a file, found by whichever column can name members. */
function ListFile({ id }: { id: string }) {
  const t = useText();
  const format = useFormat();
  const field = useRef<HTMLInputElement>(null);
  const undo = useMutation({ mutationFn: (remove: string[]) => changeList(id, { remove }), onSuccess: refresh });
  const put = useMutation({ mutationFn: (file: File) => putFileOnList(id, file), onSuccess: refresh, onMutate: () => undo.reset() });
  const said = put.data;
  return (
    <>
      <div className="inline">
        <Button icon={<UploadOutlined />} loading={put.isPending} onClick={() => field.current?.click()}>
          {t('segments.add_file')}
        </Button>
        <span className="soft small">{t('segments.file_hint')}</span>
        <input
          ref={field}
          type="file"
          className="only-heard"
          aria-label={t('segments.add_file')}
          tabIndex={-1}
          accept=".csv,.tsv,.txt,.xlsx,.parquet"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) put.mutate(file);
            event.target.value = '';
          }}
        />
      </div>
      {said ? (
        <div role="status">
          <p>{t('segments.file_outcome', { rows: format.number(said.rows), added: format.number(said.added), already: format.number(said.already) })}</p>
          {undo.data ? (
            <p>{t('segments.file_undone', { n: undo.data.removed })}</p>
          ) : said.added_members.length > 0 ? (
            <Button size="small" loading={undo.isPending} onClick={() => undo.mutate(said.added_members)}>
              {t('segments.file_undo')}
            </Button>
          ) : null}
          {undo.isError ? <Trouble error={undo.error} /> : null}
          {said.unknown > 0 ? (
            <p className="soft small">
              {t('segments.file_unknown', { n: said.unknown, rows: said.unknown_rows.slice(0, placesShown).join(', ') + (said.unknown > placesShown ? ' …' : '') })}
            </p>
          ) : null}
        </div>
      ) : null}
      {put.isError ? <Trouble error={put.error} /> : null}
    </>
  );
}

/** A list takes members by a file or by their phone numbers. */
export function ListEditor({ id }: { id: string }) {
  const t = useText();
  const [text, setText] = useState('');
  const add = useMutation({
    mutationFn: () => {
      const numbers = text.split(/[\n,，、;]+/).map((number) => number.trim());
      return changeList(id, { identities: numbers.filter(Boolean).map((value) => ({ kind: 'phone', value })) });
    },
    onSuccess: (outcome) => {
      refresh();
      if (outcome.unknown.length === 0) setText('');
    },
  });
  return (
    <section className="section" aria-label={t('segments.add_phones')}>
      <h2>{t('segments.add_phones')}</h2>
      <Input.TextArea rows={4} aria-label={t('segments.add_phones')} placeholder={t('segments.phones_hint')} value={text} onChange={(event) => setText(event.target.value)} />
      <div className="inline">
        <Button type="primary" disabled={text.trim() === ''} loading={add.isPending} onClick={() => add.mutate()}>
          {t('segments.add')}
        </Button>
        {add.data ? <span role="status">{t('segments.outcome', { added: add.data.added, unknown: add.data.unknown.length })}</span> : null}
      </div>
      {add.isError ? <Trouble error={add.error} /> : null}
      <ListFile id={id} />
    </section>
  );
}
