import type { ReactNode } from 'react';
import { Drawer, Input, Switch } from 'antd';
import { useText } from '../../language';
import { Field } from '../../parts/field';
import { useFault, useWords } from './draft';
import type { Item } from './item-list';

interface DrawerProps<T extends Item> {
  item: T;
  title: string;
  /** What the switch is called. */
  label: string;
  onChange: (item: T) => void;
  onClose: () => void;
  children: ReactNode;
}

/** A part of the programme in a drawer, with its switch. */
export function ItemDrawer<T extends Item>({ item, title, label, onChange, onClose, children }: DrawerProps<T>) {
  const t = useText();
  return (
    <Drawer open onClose={onClose} size={680} title={title} extra={<Switch checked={item.enabled} checkedChildren={t('rule.on')} unCheckedChildren={t('rule.off')} aria-label={label} onChange={(enabled) => onChange({ ...item, enabled })} />}>
      <div className="rule-form">{children}</div>
    </Drawer>
  );
}

interface NameProps<T extends Item> {
  item: T;
  path: string;
  hint: string;
  onChange: (item: T) => void;
}

/** The sentence that says a part of the programme and follows every change, and its name. */
export function NameField<T extends Item>({ item, path, hint, onChange }: NameProps<T>) {
  const t = useText();
  const words = useWords(path);
  const fault = useFault(`${path}.name`);
  return (
    <>
      {words ? (
        <p className="rule-words" aria-live="polite">
          {words}
        </p>
      ) : null}
      <Field label={t('rule.name')} hint={hint} error={fault}>
        {(control) => <Input {...control} value={item.name} onChange={(event) => onChange({ ...item, name: event.target.value })} />}
      </Field>
    </>
  );
}
