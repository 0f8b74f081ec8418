import { Dropdown } from 'antd';
import { DownOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { signOut } from '../data/api';
import { queries } from '../data/queries';
import * as ask from '../data/queries';
import { languages, useLanguage } from '../language';
import { paths } from '../paths';
import { useScheme, type SchemeChoice } from '../scheme';
import { useSignedIn } from '../session';
import { roleText } from '../text/names';

const schemes: SchemeChoice[] = ['system', 'light', 'dark'];

/** Who is signed in, and what is theirs to choose: language, light or dark, their account, leaving. */
export function Person() {
  const { t, language, setLanguage } = useLanguage();
  const { choice, choose } = useScheme();
  const { user } = useSignedIn();
  const navigate = useNavigate();
  const leave = useMutation({
    mutationFn: signOut,
    onSettled: () => {
      queries.clear();
      queries.setQueryData(ask.session().queryKey, null);
      void navigate(paths.signIn());
    },
  });
  const items = [
    {
      type: 'group' as const,
      label: t('shell.language'),
      children: languages.map(({ code, name }) => ({ key: code, label: <span lang={code}>{name}</span>, onClick: () => setLanguage(code) })),
    },
    { type: 'divider' as const },
    {
      type: 'group' as const,
      label: t('shell.scheme'),
      children: schemes.map((scheme) => ({ key: scheme, label: t(`scheme.${scheme}`), onClick: () => choose(scheme) })),
    },
    { type: 'divider' as const },
    { key: 'account', label: t('shell.account'), onClick: () => void navigate(paths.account()) },
    { key: 'leave', label: t('shell.sign_out'), onClick: () => leave.mutate() },
  ];
  return (
    <Dropdown menu={{ items, selectable: true, selectedKeys: [language, choice] }} trigger={['click']} placement="topLeft">
      <button type="button" className="person" aria-haspopup="menu" title={t('shell.person')}>
        <span className="person-mark" aria-hidden="true">
          {Array.from(user.name)[0]}
        </span>
        <span className="person-words">
          <span className="person-name">{user.name}</span>
          <span className="person-role">{t(roleText[user.role])}</span>
        </span>
        <DownOutlined className="person-arrow" aria-hidden="true" />
      </button>
    </Dropdown>
  );
}
