import { App, Button, Dropdown } from 'antd';
import { DownloadOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import type { ListExport } from '@danggol/api';
import { exportMembers } from '../../data/api';
import { useText } from '../../language';
import { saveFile } from '../../parts/save-file';
import { sentenceOf } from '../../parts/trouble';

const formats = ['csv', 'xlsx'] as const;

/** The list as a file, for spreadsheets; contacts are masked in it as they are on the page. */
export function ExportButton({ what, name, disabled, small }: { what: Omit<ListExport, 'format'>; name?: string; disabled?: boolean; small?: boolean }) {
  const t = useText();
  const { message } = App.useApp();
  const write = useMutation({
    mutationFn: async (format: (typeof formats)[number]) => saveFile(`${name ?? t('place.members')}.${format}`, await exportMembers({ ...what, format })),
    onError: (error) => void message.error(sentenceOf(error, t)),
  });
  return (
    <Dropdown
      trigger={['click']}
      disabled={disabled || write.isPending}
      menu={{ items: formats.map((format) => ({ key: format, label: format.toUpperCase(), onClick: () => write.mutate(format) })) }}
    >
      <Button size={small ? 'middle' : 'large'} icon={<DownloadOutlined />} loading={write.isPending} aria-label={t('members.export')}>
        <span className="members-word">{t('members.export')}</span>
      </Button>
    </Dropdown>
  );
}
