import { useState } from 'react';
import { Button } from 'antd';
import type { MemberRow } from '@danggol/api';
import { useText } from '../../language';
import { CloseDialog, isOpen, useReopen } from '../../parts/close-dialog';
import { may, useSignedIn } from '../../session';
import { ExportButton } from './export-button';

/** The server turns so many files at once. */
const turnedMax = 1_000;

/** What can be done with those who are chosen, all at once; closing can be taken back. */
export function Chosen({ chosen, clear }: { chosen: Map<string, MemberRow>; clear: () => void }) {
  const t = useText();
  const { user } = useSignedIn();
  const [closing, setClosing] = useState(false);
  const reopen = useReopen();
  const rows = [...chosen.values()];
  const open = rows.filter(isOpen);
  const closed = rows.filter(({ status }) => status === 'closed');
  return (
    <div className="members-chosen" role="region" aria-label={t('members.chosen', { n: rows.length })}>
      <strong>{t('members.chosen', { n: rows.length })}</strong>
      <Button disabled={open.length === 0 || open.length > turnedMax} onClick={() => setClosing(true)}>
        {t('close.open')}
      </Button>
      {closed.length > 0 ? (
        <Button
          loading={reopen.isPending}
          disabled={closed.length > turnedMax}
          onClick={() =>
            reopen.mutate(
              closed.map(({ id }) => id),
              { onSuccess: clear },
            )
          }
        >
          {t('reopen.open')}
        </Button>
      ) : null}
      {may(user.role, 'export') ? <ExportButton small what={{ members: rows.map(({ id }) => id) }} /> : null}
      <Button type="text" onClick={clear}>
        {t('members.choose_none')}
      </Button>
      {closing ? <CloseDialog members={open} onClose={() => setClosing(false)} onDone={clear} /> : null}
    </div>
  );
}
