import { Input } from 'antd';
import type { Language, LocalText } from '@danggol/api';
import { languages } from '../language';
import { Field } from './field';
import './name-fields.css';

/** A name in one language or more: who reads another is given the nearest that there is. */
export function NameFields({ legend, value, error, onChange }: { legend: string; value: LocalText; error: string | null; onChange: (value: LocalText) => void }) {
  return (
    <fieldset className="section name-fields">
      <legend>{legend}</legend>
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

/** What a reader of a language sees of a text in one or more: her own, else the nearest that there is. */
export function readText(value: LocalText, language: Language): string {
  const order: Language[] = language === 'zh-CN' ? ['zh-CN', 'zh-TW', 'en', 'ko'] : language === 'zh-TW' ? ['zh-TW', 'zh-CN', 'en', 'ko'] : language === 'ko' ? ['ko', 'en', 'zh-CN', 'zh-TW'] : ['en', 'zh-CN', 'zh-TW', 'ko'];
  return order.map((one) => value[one]).find(Boolean) ?? '';
}
