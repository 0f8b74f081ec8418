import { useQuery } from '@tanstack/react-query';
import * as ask from '../../data/queries';
import { useText } from '../../language';

/** What is expected of a member in the days ahead, what that is drawn from, or what is missing for it. */
export function Ahead({ id }: { id: string }) {
  const t = useText();
  const { data } = useQuery(ask.memberExpectedValue(id));
  const sentence = data?.sentence ?? (data?.why ? data.lack?.sentence : null);
  if (!data || !sentence) return null;
  return (
    <section className="ahead" aria-label={t('member.ahead')}>
      <p className="ahead-words">{sentence}</p>
      {data.sentence ? <p className="soft small">{data.why}</p> : null}
    </section>
  );
}
