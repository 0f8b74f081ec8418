import { languages, useLanguage } from '../../language';
import { useSignedIn } from '../../session';

/** What the brand was set up with; currency and zone are frozen into every purchase, so they are shown, not edited. */
export function Component() {
  const { t, language } = useLanguage();
  const { brand } = useSignedIn();
  const region = new Intl.DisplayNames(language, { type: 'region' });
  const currency = new Intl.DisplayNames(language, { type: 'currency' });
  const facts: [string, string][] = [
    [t('setup.brand_name'), brand.name],
    [t('setup.country'), region.of(brand.country) ?? brand.country],
    [t('setup.currency'), `${currency.of(brand.currency) ?? ''} (${brand.currency})`],
    [t('setup.time_zone'), brand.time_zone.replaceAll('_', ' ')],
    [t('brand.day_cut'), t('brand.day_cut_at', { hour: `${String(brand.day_cut_hour).padStart(2, '0')}:00` })],
    [t('brand.language'), languages.find(({ code }) => code === brand.language)?.name ?? brand.language],
  ];
  return (
    <section className="narrow section" aria-label={t('settings.brand')}>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="soft small">{t('brand.fixed')}</p>
    </section>
  );
}
