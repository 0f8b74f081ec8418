import type { ConsentChannel } from '@danggol/api';
import { useText } from '../language';
import { consentChannelText } from '../text/names';

/** What a consent is about, in a few words. */
export function useMatter(): (matter: { name: string; channel?: ConsentChannel | null }) => string {
  const t = useText();
  return ({ name, channel }) => (channel ? `${name} · ${t(consentChannelText[channel])}` : name);
}
