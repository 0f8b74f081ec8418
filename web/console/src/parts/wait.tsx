/** A quiet full-page wait, shown only while the first words are on their way. */
export function Wait() {
  return <div className="wait" aria-busy="true" />;
}
