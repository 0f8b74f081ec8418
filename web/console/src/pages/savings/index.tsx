import { useCallback } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router';
import * as ask from '../../data/queries';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { useTitle } from '../../parts/page';
import { Trouble } from '../../parts/trouble';
import { paths } from '../../paths';
import { MemberSavings } from './of-member';

/** What membership was worth to a member, large enough to turn the screen to her. */
export function Component() {
  const t = useText();
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const member = useQuery(ask.member(id));
  useTitle(t('savings.title'));
  const back = useCallback(() => void navigate(paths.member(id)), [navigate, id]);
  if (member.isPending) return <Bones lines={6} tall />;
  if (member.isError) return <Trouble error={member.error} retry={() => void member.refetch()} />;
  return <MemberSavings member={member.data} basket={null} onBack={back} />;
}
