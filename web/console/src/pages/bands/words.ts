import type { AgeBand, IncomeBand } from '@danggol/api';
import type { T } from '../../language';

/** What a band of age is called. */
export function ageWords(band: AgeBand | null, t: T): string {
  if (!band) return t('bands.age_unknown');
  return band.until == null ? t('bands.age_on', { from: band.from }) : t('bands.age', { from: band.from, until: band.until });
}

/** What a band of income is called. */
export function incomeWords(band: IncomeBand, t: T): string {
  switch (band.kind) {
    case 'named':
      return band.name ?? '';
    case 'other':
      return t('bands.income_other');
    case 'unknown':
      return t('bands.income_unknown');
  }
}
