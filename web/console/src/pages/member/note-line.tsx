import { useState } from 'react';
import { Button, Input } from 'antd';
import { useMutation } from '@tanstack/react-query';
import { addNote } from '../../data/api';
import { queries } from '../../data/queries';
import { useText } from '../../language';
import { Trouble } from '../../parts/trouble';

/** One line about the member, for whoever serves her next. */
export function NoteLine({ id }: { id: string }) {
  const t = useText();
  const [text, setText] = useState('');
  const write = useMutation({
    mutationFn: () => addNote(id, text.trim()),
    onSuccess: () => {
      setText('');
      void queries.invalidateQueries({ queryKey: ['member', id, 'timeline'] });
    },
  });
  return (
    <form
      className="note-line"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) write.mutate();
      }}
    >
      <Input value={text} maxLength={500} onChange={(event) => setText(event.target.value)} aria-label={t('notes.write')} placeholder={t('notes.write')} />
      <Button htmlType="submit" disabled={!text.trim()} loading={write.isPending}>
        {t('notes.keep')}
      </Button>
      {write.isError ? <Trouble error={write.error} /> : null}
    </form>
  );
}
