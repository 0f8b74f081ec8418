import { App, Button, Dropdown, Switch } from 'antd';
import { EllipsisOutlined } from '@ant-design/icons';
import { useText } from '../../language';
import { useFaultsUnder, useWords } from './draft';

/** A part of the programme that has a code, a name and a switch: a rule or an offer. */
export interface Item {
  id: string;
  name: string;
  enabled: boolean;
}

/** A code that no other item has; it stays with the item over all versions. */
export function freshId(prefix: string, items: Pick<Item, 'id'>[]): string {
  for (let number = items.length + 1; ; number += 1) {
    const id = `${prefix}-${number}`;
    if (!items.some((item) => item.id === id)) return id;
  }
}

function Row({ item, path, onOpen, onEnable, onCopy, onRemove, onMove }: { item: Item; path: string; onOpen: () => void; onEnable: (enabled: boolean) => void; onCopy: () => void; onRemove: () => void; onMove: (by: -1 | 1) => void }) {
  const t = useText();
  const words = useWords(path);
  const faults = useFaultsUnder(path);
  const name = item.name || t('rule.nameless');
  return (
    <li className="rule">
      <Switch size="small" checked={item.enabled} aria-label={t('rule.enabled_of', { name })} onChange={onEnable} />
      <button type="button" className="rule-open" onClick={onOpen}>
        <strong className={item.enabled ? '' : 'faint'}>{name}</strong>
        {words ? <span className={item.enabled ? 'soft' : 'faint'}>{words}</span> : null}
        {faults.map((fault) => (
          <span key={`${fault.path}-${fault.code}`} className="loss small">
            {fault.text}
          </span>
        ))}
      </button>
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'edit', label: t('action.edit'), onClick: onOpen },
            { key: 'copy', label: t('rule.copy'), onClick: onCopy },
            { key: 'up', label: t('rule.up'), onClick: () => onMove(-1) },
            { key: 'down', label: t('rule.down'), onClick: () => onMove(1) },
            { key: 'remove', danger: true, label: t('action.remove'), onClick: onRemove },
          ],
        }}
      >
        <Button type="text" icon={<EllipsisOutlined />} aria-label={t('rule.more_of', { name })} />
      </Dropdown>
    </li>
  );
}

interface Props<T extends Item> {
  /** Where the list stands in the programme, such as `earning.rules`. */
  path: string;
  /** With what the codes of new items begin. */
  prefix: string;
  items: T[];
  set: (items: T[]) => void;
  onOpen: (id: string) => void;
}

/** A list of rules or offers, each said as a sentence: switched, opened, copied, moved, removed. */
export function ItemList<T extends Item>({ path, prefix, items, set, onOpen }: Props<T>) {
  const t = useText();
  const { message } = App.useApp();
  const remove = (index: number, item: T) => {
    set(items.toSpliced(index, 1));
    const key = `removed-${item.id}`;
    void message.open({
      key,
      duration: 8,
      content: (
        <span>
          {t('rule.removed', { name: item.name })}{' '}
          <Button
            type="link"
            size="small"
            onClick={() => {
              set(items);
              message.destroy(key);
            }}
          >
            {t('action.undo')}
          </Button>
        </span>
      ),
    });
  };
  const move = (index: number, by: -1 | 1) => {
    const item = items[index];
    if (!item || index + by < 0 || index + by >= items.length) return;
    set(items.toSpliced(index, 1).toSpliced(index + by, 0, item));
  };
  return (
    <ol className="rules">
      {items.map((item, index) => (
        <Row
          key={item.id}
          item={item}
          path={`${path}.${index}`}
          onOpen={() => onOpen(item.id)}
          onEnable={(enabled) => set(items.with(index, { ...item, enabled }))}
          onCopy={() => set(items.toSpliced(index + 1, 0, { ...structuredClone(item), id: freshId(prefix, items), name: t('rule.copy_of', { name: item.name }) }))}
          onRemove={() => remove(index, item)}
          onMove={(by) => move(index, by)}
        />
      ))}
    </ol>
  );
}
