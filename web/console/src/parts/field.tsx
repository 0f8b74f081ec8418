import { useId, type ReactNode } from 'react';

interface Props {
  label: string;
  hint?: ReactNode;
  error?: string | null;
  /** Says beside the label that the field may stay empty. */
  optional?: string;
  className?: string;
  children: (control: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean; status?: 'error' }) => ReactNode;
}

/** A labelled control with its hint and its fault tied to it for screen readers. */
export function Field({ label, hint, error, optional, className, children }: Props) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = error ?? hint;
  return (
    <div className={className ? `field ${className}` : 'field'}>
      <label htmlFor={id}>
        {label}
        {optional ? <span className="faint"> {optional}</span> : null}
      </label>
      {children({
        id,
        ...(note ? { 'aria-describedby': noteId } : {}),
        ...(error ? { 'aria-invalid': true, status: 'error' as const } : {}),
      })}
      {note ? (
        <div id={noteId} className={error ? 'field-fault' : 'field-hint'} role={error ? 'alert' : undefined}>
          {note}
        </div>
      ) : null}
    </div>
  );
}
