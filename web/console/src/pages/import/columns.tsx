import { useState } from 'react';
import { Button, Select } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Import } from '@danggol/api';
import { startImport } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { anyOf } from '../../data/request';
import { useText } from '../../language';
import { Trouble } from '../../parts/trouble';

type Chosen = Record<string, number>;

function suggested(file: Import): Chosen {
  const chosen: Chosen = {};
  for (const [field, column] of Object.entries(file.suggested)) if (column !== null) chosen[field] = column;
  return chosen;
}

/** A field has one column and a column one field: choosing anew lets the old one go. */
function choose(chosen: Chosen, column: number, field: string | undefined): Chosen {
  const next = Object.fromEntries(Object.entries(chosen).filter(([name, at]) => at !== column && name !== field));
  return field ? { ...next, [field]: column } : next;
}

/** The first rows of the file, each column with what it means; what was recognised is already chosen. */
export function Columns({ file }: { file: Import }) {
  const t = useText();
  const [chosen, setChosen] = useState(() => suggested(file));
  const [as, setAs] = useState<'history' | 'earn'>('history');
  const missing = file.fields.filter((field) => field.required && chosen[field.field] === undefined);
  const start = useMutation({
    mutationFn: () => startImport(file.id, chosen, as),
    onSuccess: (begun) => {
      queries.setQueryData(ask.importOf(file.id).queryKey, begun);
      void queries.invalidateQueries({ queryKey: ['imports'] });
    },
  });
  const wanted = anyOf(start.error);
  const fieldAt = (column: number) => Object.entries(chosen).find(([, at]) => at === column)?.[0];
  return (
    <>
      <section className="section" aria-labelledby="columns">
        <div>
          <h2 id="columns">{t('import.columns')}</h2>
          <p className="soft">{t('import.columns_lead', { n: Object.keys(chosen).length, total: file.header.length, encoding: file.encoding })}</p>
        </div>
        <div className="scroll-x columns-preview" tabIndex={0} role="region" aria-labelledby="columns">
          <table className="columns-table">
            <thead>
              <tr>
                {file.header.map((name, column) => (
                  <th key={column} scope="col" data-used={fieldAt(column) !== undefined}>
                    {name || t('import.column_n', { n: column + 1 })}
                    <Select
                      allowClear
                      showSearch={{ optionFilterProp: 'label' }}
                      size="small"
                      placeholder={t('import.skip')}
                      aria-label={t('import.meaning_of', { name: name || String(column + 1) })}
                      value={fieldAt(column)}
                      popupMatchSelectWidth={false}
                      options={file.fields.map((field) => ({ value: field.field, label: field.required ? `${field.label} *` : field.label }))}
                      onChange={(field: string | undefined) => setChosen(choose(chosen, column, field))}
                    />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {file.sample.map((cells, row) => (
                <tr key={row}>
                  {file.header.map((_, column) => (
                    <td key={column} data-used={fieldAt(column) !== undefined}>
                      {cells[column]}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="faint small">{t('import.sample', { n: file.sample.length })}</p>
      </section>
      {file.kind === 'purchases' ? (
        <fieldset className="import-as">
          <legend>{t('import.as')}</legend>
          {(['history', 'earn'] as const).map((value) => (
            <label key={value}>
              <input type="radio" name="as" checked={as === value} onChange={() => setAs(value)} />
              <strong>{t(`import.as.${value}`)}</strong>
              <span className="soft">{t(`import.as.${value}.lead`)}</span>
            </label>
          ))}
        </fieldset>
      ) : null}
      {missing.length > 0 ? (
        <p className="notice" role="status">
          {t('import.missing', { fields: missing.map((field) => field.label).join(t('list.comma')) })}
        </p>
      ) : null}
      {wanted.length > 0 ? (
        <p className="notice" role="alert">
          {t('import.missing_any', { fields: wanted.map((name) => file.fields.find((field) => field.field === name)?.label ?? name).join(t('list.comma')) })}
        </p>
      ) : null}
      {start.isError && wanted.length === 0 ? <Trouble error={start.error} /> : null}
      <div className="inline">
        <Button type="primary" size="large" disabled={missing.length > 0} loading={start.isPending} onClick={() => start.mutate()}>
          {t('import.start')}
        </Button>
        <span className="soft small">{t('import.twice')}</span>
      </div>
    </>
  );
}
