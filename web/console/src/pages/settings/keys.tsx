import { useState } from 'react';
import { App, Button, Checkbox, Drawer, Input } from 'antd';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { Key, Scope } from '@danggol/api';
import { createKey, revokeKey } from '../../data/api';
import { queries } from '../../data/queries';
import * as ask from '../../data/queries';
import { useFormat } from '../../format';
import { useText } from '../../language';
import { Bones } from '../../parts/bones';
import { Empty } from '../../parts/empty';
import { Field } from '../../parts/field';
import { sentenceOf, Trouble } from '../../parts/trouble';
import { scopeText } from '../../text/names';

const scopes: Scope[] = ['members:read', 'members:write', 'purchases:write', 'benefits:write', 'programme:write', 'insight:read', 'import', 'admin'];
const again = () => queries.invalidateQueries({ queryKey: ask.keys().queryKey });

function Secret({ secret, onDone }: { secret: string; onDone: () => void }) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  return (
    <div className="secret" role="status">
      <p>
        <strong>{t('keys.secret')}</strong>
      </p>
      <p>{t('keys.secret_lead')}</p>
      <code>{secret}</code>
      <div className="inline">
        <Button type="primary" onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
          {t(copied ? 'keys.copied' : 'keys.copy')}
        </Button>
        <Button onClick={onDone}>{t('keys.kept')}</Button>
      </div>
    </div>
  );
}

function AddDrawer({ onClose }: { onClose: () => void }) {
  const t = useText();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Scope[]>(['members:read', 'purchases:write']);
  const create = useMutation({ mutationFn: () => createKey(name.trim(), chosen), onSuccess: again });
  return (
    <Drawer open onClose={onClose} title={t('keys.add')} size={520} mask={{ closable: !create.isSuccess }}>
      {create.data ? (
        <Secret secret={create.data.secret ?? ''} onDone={onClose} />
      ) : (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate();
          }}
        >
          <Field label={t('keys.name')} hint={t('keys.name_hint')}>
            {(control) => <Input {...control} autoFocus required value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <fieldset className="scopes">
            <legend>{t('keys.scopes')}</legend>
            {scopes.map((scope) => (
              <Checkbox key={scope} checked={chosen.includes(scope)} onChange={(event) => setChosen(event.target.checked ? [...chosen, scope] : chosen.filter((one) => one !== scope))}>
                {t(scopeText[scope])} <span className="faint small">{scope}</span>
              </Checkbox>
            ))}
          </fieldset>
          {create.isError ? <Trouble error={create.error} /> : null}
          <div className="form-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="primary" htmlType="submit" disabled={!name.trim() || chosen.length === 0} loading={create.isPending}>
              {t('keys.add')}
            </Button>
          </div>
        </form>
      )}
    </Drawer>
  );
}

/** Keys by which programs (a till, a shop, an ERP) come in. */
export function Component() {
  const t = useText();
  const format = useFormat();
  const { message, modal } = App.useApp();
  const [adding, setAdding] = useState(false);
  const keys = useQuery(ask.keys());
  const revoke = useMutation({ mutationFn: revokeKey, onSuccess: again, onError: (error) => void message.error(sentenceOf(error, t)) });
  const askToRevoke = (key: Key) =>
    void modal.confirm({
      title: t('keys.revoke_of', { name: key.name }),
      content: t('keys.revoke_sure'),
      okText: t('keys.revoke'),
      okButtonProps: { danger: true },
      onOk: () => revoke.mutateAsync(key.id).catch(() => undefined),
    });
  const items = keys.data?.items ?? [];
  return (
    <section className="section" aria-labelledby="keys">
      <div className="section-head">
        <div>
          <h2 id="keys">{t('settings.keys')}</h2>
          <p className="soft small">
            {t('keys.lead')} <a href="/api/docs">{t('keys.docs')}</a>
          </p>
        </div>
        <Button type="primary" onClick={() => setAdding(true)}>
          {t('keys.add')}
        </Button>
      </div>
      {keys.isPending ? <Bones lines={4} /> : null}
      {keys.isError ? <Trouble error={keys.error} retry={() => void keys.refetch()} /> : null}
      {keys.data && items.length === 0 ? <Empty title={t('keys.none_title')}>{t('keys.none')}</Empty> : null}
      {items.length > 0 ? (
        <div className="scroll-x" tabIndex={0} role="region" aria-labelledby="keys">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('keys.name')}</th>
                <th scope="col">{t('keys.prefix')}</th>
                <th scope="col">{t('keys.scopes')}</th>
                <th scope="col">{t('keys.used')}</th>
                <th scope="col">
                  <span className="only-heard">{t('keys.revoke')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((key) => (
                <tr key={key.id}>
                  <td>{key.name}</td>
                  <td>
                    <code>{key.prefix}…</code>
                  </td>
                  <td>
                    <span className="scope-list">
                      {key.scopes.map((scope) => (
                        <span key={scope} className="mark">
                          {t(scopeText[scope])}
                        </span>
                      ))}
                    </span>
                  </td>
                  <td>{key.last_used_at ? format.ago(key.last_used_at) : t('keys.unused')}</td>
                  <td className="number">
                    {key.revoked_at ? (
                      <span className="faint">{t('keys.revoked', { date: format.date(key.revoked_at) })}</span>
                    ) : (
                      <Button size="small" aria-label={t('keys.revoke_of', { name: key.name })} onClick={() => askToRevoke(key)}>
                        {t('keys.revoke')}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {adding ? <AddDrawer onClose={() => setAdding(false)} /> : null}
    </section>
  );
}
