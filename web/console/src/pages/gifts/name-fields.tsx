import { Input } from 'antd';
import type { LocalText } from '@danggol/api';
import { languages, useText } from '../../language';
import { Field } from '../../parts/field';

/** A name in one language or more: who reads another is given the nearest that there is. */
export function NameFields({ value, error, onChange }: { value: LocalText; error: string | null; onChange: (value: LocalText) => void }) {
  const t = useText();
  return (
    <fieldset className="section gift-names">
      <legend>{t('gifts.name')}</legend>
      <div className="form form-two">
        {languages.map(({ code: language, name }, index) => (
          <Field key={language} label={name} error={index === 0 ? error : null}>
            {({ status, ...control }) => (
              <Input
                {...control}
                status={status ?? ''}
                lang={language}
                maxLength={100}
                value={value[language] ?? ''}
                onChange={(event) => {
                  const { [language]: _, ...others } = value;
                  onChange(event.target.value ? { ...others, [language]: event.target.value } : others);
                }}
              />
            )}
          </Field>
        ))}
      </div>
    </fieldset>
  );
}

/** Whether a name is written in any language. */
export function isNamed(value: LocalText): boolean {
  return languages.some(({ code: language }) => (value[language] ?? '').trim() !== '');
}
