import { useState } from 'react';
import { App, Button, Input, Modal } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { publishProgramme } from '../../data/api';
import { queries } from '../../data/queries';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { Trouble } from '../../parts/trouble';
import { useDraft } from './draft';
import { WhatIfSummary } from './what-if-summary';

/** The last look before the new rules hold. */
export function PublishDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const t = useText();
  const { message } = App.useApp();
  const { faults, words } = useDraft();
  const [note, setNote] = useState('');
  const publish = useMutation({
    mutationFn: () => publishProgramme(note.trim()),
    onSuccess: async ({ version }) => {
      void message.success(t('publish.done', { n: version }));
      await queries.invalidateQueries({ queryKey: ['programme'] });
      onDone();
    },
  });
  return (
    <Modal open onCancel={onClose} title={t('publish.title')} footer={null} width={640}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          publish.mutate();
        }}
      >
        <p className="soft">{t('publish.lead')}</p>
        {faults.length > 0 ? (
          <div className="trouble" role="alert">
            <p>{t('publish.faults', { n: faults.length })}</p>
            <ul>
              {faults.map((fault) => (
                <li key={`${fault.path}-${fault.code}`}>{fault.text}</li>
              ))}
            </ul>
          </div>
        ) : (
          <ul className="publish-words">
            {words.map((word) => (
              <li key={word.path}>{word.text}</li>
            ))}
          </ul>
        )}
        {faults.length === 0 ? <WhatIfSummary /> : null}
        <Field label={t('publish.note')} optional={t('field.optional')}>
          {(control) => <Input {...control} autoFocus maxLength={200} value={note} placeholder={t('publish.note_example')} onChange={(event) => setNote(event.target.value)} />}
        </Field>
        {publish.isError ? <Trouble error={publish.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={faults.length > 0} loading={publish.isPending}>
            {t('benefits.publish')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
