import { useState } from 'react';
import { App, Button, ConfigProvider } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import type { ProgrammeState } from '@danggol/api';
import { dropDraft } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { BenefitTabs } from '../../parts/benefit-tabs';
import { Bones } from '../../parts/bones';
import { PageFrame } from '../../parts/page';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { may, useSignedIn } from '../../session';
import { DraftContext, useKeptDraft, type Draft } from './draft';
import { Occasions } from './occasions';
import { Offers } from './offers';
import { PointsLife } from './points-life';
import { PublishDialog } from './publish-dialog';
import { PyramidLayers } from './pyramid-layers';
import { RedemptionSection } from './redemption';
import { Rules } from './rules';
import { TierLadder } from './tier-ladder';
import { TopUpsSection } from './top-ups';
import { Versions } from './versions';
import './benefits.css';

function Status({ draft }: { draft: Draft }) {
  const t = useText();
  if (draft.keeping === 'failed') {
    return (
      <span className="loss" role="alert">
        {sentenceOf(draft.error, t)}{' '}
        <button type="button" className="plain-button" onClick={draft.retry}>
          {t('trouble.retry')}
        </button>
      </span>
    );
  }
  if (!draft.differs) return null;
  return (
    <span className="soft" role="status">
      {t(draft.keeping === 'kept' ? 'benefits.kept' : 'benefits.keeping')}
    </span>
  );
}

function Editor({ state, reopen }: { state: ProgrammeState; reopen: () => void }) {
  const t = useText();
  const format = useFormat();
  const { user } = useSignedIn();
  const { modal, message } = App.useApp();
  const navigate = useNavigate();
  const [publishing, setPublishing] = useState(false);
  const draft = useKeptDraft(state);
  const edits = may(user.role, 'edit_programme');
  const drop = useMutation({
    mutationFn: dropDraft,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ask.programme().queryKey });
      reopen();
    },
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  const { published } = state;
  const by = published.published_by;
  return (
    <DraftContext value={draft}>
      <PageFrame
        title={t('place.benefits')}
        lead={
          <>
            {published.published_at ? t(by ? 'benefits.published_by' : 'benefits.published', { n: published.version, date: format.date(published.published_at), name: by ?? '' }) : t('benefits.first')} <Status draft={draft} />
          </>
        }
        actions={
          edits && draft.differs ? (
            <>
              <Button
                onClick={() =>
                  void modal.confirm({ title: t('benefits.drop_sure'), content: t('benefits.drop_lead'), okText: t('benefits.drop'), okButtonProps: { danger: true }, onOk: () => drop.mutateAsync() })
                }
              >
                {t('benefits.drop')}
              </Button>
              <Button disabled={draft.keeping !== 'kept' || draft.faults.length > 0} onClick={() => void navigate(paths.whatIf())}>
                {t('what_if.try')}
              </Button>
              <Button type="primary" disabled={draft.keeping !== 'kept'} onClick={() => setPublishing(true)}>
                {t('benefits.publish')}
              </Button>
            </>
          ) : null
        }
      >
        <BenefitTabs />
        <ConfigProvider componentDisabled={!edits}>
          <Rules />
          <Offers />
          <Occasions />
          <PointsLife />
          <RedemptionSection />
          <TopUpsSection />
          <TierLadder />
          <PyramidLayers />
        </ConfigProvider>
        <Versions current={published.version} />
        {publishing ? (
          <PublishDialog
            onClose={() => setPublishing(false)}
            onDone={() => {
              setPublishing(false);
              reopen();
            }}
          />
        ) : null}
      </PageFrame>
    </DraftContext>
  );
}

/** The rules of the brand: what earns, what points are worth, who is of which tier. */
export function Component() {
  const programme = useQuery(ask.programme());
  const [opening, setOpening] = useState(0);
  const t = useText();
  if (programme.data) return <Editor key={opening} state={programme.data} reopen={() => setOpening(opening + 1)} />;
  return (
    <PageFrame title={t('place.benefits')}>
      {programme.isError ? <Trouble error={programme.error} retry={() => void programme.refetch()} /> : <Bones lines={8} tall />}
    </PageFrame>
  );
}
