import type { Import, ImportKind } from '@danggol/api';
import { newId } from './brand';
import { Refusal, type Ask, type Desk } from './serve';
import type { Route } from './routes';
import { said } from './words';

const imports: Import[] = [];
const began = new Map<string, number>();

const sampleFields: Record<ImportKind, [field: string, label: string, required: boolean][]> = {
  members: [['name', '姓名 / 이름', false], ['phone', '手机 / 휴대폰', false], ['card', '卡号 / 카드', false], ['joined_at', '入会日期 / 가입일', false]],
  products: [['sku', 'SKU', true], ['name', '名称 / 이름', false], ['category', '品类 / 카테고리', false], ['price', '价格 / 가격', false]],
  purchases: [['external_no', '单号 / 주문 번호', false], ['phone', '手机 / 휴대폰', false], ['at', '时间 / 일시', true], ['sku', 'SKU', false], ['quantity', '数量 / 수량', false], ['amount', '金额 / 금액', true]],
};

function upload(_desk: Desk, ask: Ask): Import {
  const file = ask.form?.get('file');
  const kind = (ask.query.get('kind') ?? 'purchases') as ImportKind;
  const header = ['单号', '会员手机', '交易时间', '商品编码', '数量', '金额', '备注'];
  const made: Import = {
    id: newId('imp'), kind, file_name: file instanceof File ? file.name : 'file.csv', bytes: file instanceof File ? file.size : 0, status: 'uploaded', encoding: 'GB18030', header,
    sample: Array.from({ length: 20 }, (_, row) => [`T2026${1000 + row}`, `1300000${2000 + row}`, `2026-03-0${1 + (row % 9)} 1${row % 10}:20`, `P100${1 + (row % 8)}`, '1', `${(row + 3) * 17}.50`, '']),
    suggested: Object.fromEntries(sampleFields[kind].map(([field], index) => [field, index < 6 ? index : null])), mapping_toml: '',
    fields: sampleFields[kind].map(([field, label, required]) => ({ field, label, required })), as: 'history',
    progress: { rows_read: 0, rows_total: null, bytes_read: 0, bytes_total: 48_000_000, imported: 0, unchanged: 0, refused: 0, rows_per_second: 0, seconds_left: null }, counts: { imported: 0, unchanged: 0, refused: 0, members: 0, products: 0, purchases: 0, lines: 0 } as Import['counts'], reasons: [], started_at: null, finished_at: null, error: null,
  };
  imports.unshift(made);
  return made;
}

function find(ask: Ask): Import {
  const found = imports.find((one) => one.id === ask.params[0]);
  if (!found) throw new Refusal(404, 'import_not_found', said('nofile', ask.language));
  const start = began.get(found.id);
  if (start !== undefined && found.status === 'running') {
    const share = Math.min((Date.now() - start) / 8000, 1);
    const rows = Math.round(612_400 * share);
    found.progress = {
      ...found.progress, rows_read: rows, rows_total: 612_400, bytes_read: Math.round(48_000_000 * share), imported: Math.round(rows * 0.98), refused: Math.round(rows * 0.004), unchanged: Math.round(rows * 0.016), rows_per_second: 76_550,
      seconds_left: Math.ceil((1 - share) * 8),
    };
    found.reasons = [{ code: 'phone', text: said('badPhone', ask.language), rows: Math.round(rows * 0.003) }, { code: 'nobody', text: said('noName', ask.language), rows: Math.round(rows * 0.001) }];
    if (share === 1) {
      found.status = 'done';
      found.finished_at = new Date().toISOString();
    }
  }
  return found;
}

export const importRoutes: Route[] = [
  ['POST', '/imports', upload],
  ['GET', '/imports', () => ({ items: imports })],
  ['GET', '/imports/:id', (_desk, ask) => find(ask)],
  ['POST', '/imports/:id/start', (_desk, ask) => {
    const found = find(ask);
    began.set(found.id, Date.now());
    return Object.assign(found, { status: 'running', as: ask.body.as, started_at: new Date().toISOString() });
  }],
  ['POST', '/imports/:id/cancel', (_desk, ask) => Object.assign(find(ask), { status: 'cancelled', finished_at: new Date().toISOString() })],
];
