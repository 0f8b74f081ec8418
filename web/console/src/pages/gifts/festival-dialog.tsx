import { useState } from 'react';
import { Button, Modal } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Festival, FestivalTerms } from '@danggol/api';
import { changeFestival, createFestival } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { newIdempotencyKey } from '../../data/request';
import { useText } from '../../language';
import { fieldOf, sentenceOf, Trouble } from '../../parts/trouble';
import { DatesField } from '../benefits/dates-field';
import { isNamed, NameFields } from '../../parts/name-fields';

/** A period with gifts of its own: what it is called, and its days. */
export function FestivalDialog({ festival, onClose }: { festival: Festival | null; onClose: () => void }) {
  const t = useText();
  const [key] = useState(newIdempotencyKey);
  const [terms, setTerms] = useState<FestivalTerms>(festival?.terms ?? { name: {}, from: '', until: '' });
  const keep = useMutation({
    mutationFn: () => (festival ? changeFestival(festival.id, terms) : createFestival(terms, key)),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ask.festivals().queryKey }), queries.invalidateQueries({ queryKey: ask.gifts().queryKey })]);
      onClose();
    },
  });
  const field = fieldOf(keep.error) ?? '';
  const fault = keep.error ? sentenceOf(keep.error, t) : null;
  const dated = terms.from !== '' && terms.until !== '';
  return (
    <Modal open onCancel={onClose} title={festival ? festival.name : t('festivals.new')} footer={null} width={560}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isNamed(terms.name) && dated) keep.mutate();
        }}
      >
        <NameFields legend={t('gifts.name')} value={terms.name} error={field.startsWith('name') ? fault : null} onChange={(name) => setTerms({ ...terms, name })} />
        <DatesField from={terms.from || null} until={terms.until || null} error={field === 'from' || field === 'until' ? fault : null} onChange={(dates) => setTerms({ ...terms, from: dates.from ?? '', until: dates.until ?? '' })} />
        {keep.isError && !field ? <Trouble error={keep.error} /> : null}
        <div className="form-end">
          <Button onClick={onClose}>{t('action.cancel')}</Button>
          <Button type="primary" htmlType="submit" disabled={!isNamed(terms.name) || !dated} loading={keep.isPending}>
            {t('action.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
