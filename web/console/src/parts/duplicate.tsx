import { App, Button } from 'antd';
import { useMutation } from '@tanstack/react-query';
import type { Duplicate, DuplicateCertainty } from '@danggol/api';
import { dismissDuplicate, restoreDuplicate } from '../data/api';
import { queries } from '../data/queries';
import { useFormat } from '../format';
import { useText } from '../language';
import type { TextKey } from '../text';
import { sentenceOf } from './trouble';

const certaintyText: Record<DuplicateCertainty, TextKey> = {
  unlikely: 'duplicates.unlikely', possible: 'duplicates.possible', likely: 'duplicates.likely', nearly_certain: 'duplicates.nearly_certain',
};

/** How sure one can be, as a word and a figure. */
export function Certainty({ pair }: { pair: Duplicate }) {
  const t = useText();
  const format = useFormat();
  return (
    <span className={pair.certainty === 'nearly_certain' ? 'mark mark-warn' : 'mark'}>
      {t(certaintyText[pair.certainty])} <span className="number">{format.percent(pair.percent * 100)}</span>
    </span>
  );
}

interface Decision {
  pair: Duplicate;
  /** Whether they may be one person after all. */
  same: boolean;
}

/** Says that two files are two persons', or takes that back; the former can be undone for some seconds where one is, and ever after in its list. */
export function useDecision() {
  const t = useText();
  const { message } = App.useApp();
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ['members', 'duplicates'] });
    void queries.invalidateQueries({ queryKey: ['member'] });
  };
  const failed = (error: unknown) => void message.error(sentenceOf(error, t));
  const ids = (pair: Duplicate): [string, string] => [pair.members[0]?.id ?? '', pair.members[1]?.id ?? ''];
  const restore = useMutation({ mutationFn: restoreDuplicate, onSuccess: refresh, onError: failed });
  return useMutation({
    mutationFn: ({ pair, same }: Decision) => (same ? restoreDuplicate : dismissDuplicate)(ids(pair)),
    onError: failed,
    onSuccess: (_, { pair, same }) => {
      refresh();
      if (same) return;
      const key = ids(pair).join();
      message.open({
        key,
        type: 'success',
        duration: 10,
        content: (
          <>
            {t('duplicates.dismissed')}
            <Button
              type="link"
              size="small"
              onClick={() => {
                message.destroy(key);
                restore.mutate(ids(pair));
              }}
            >
              {t('action.undo')}
            </Button>
          </>
        ),
      });
    },
  });
}
