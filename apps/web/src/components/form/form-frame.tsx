import { lazy, Suspense, type KeyboardEvent, type ReactNode } from 'react';
import { ApiError } from '../../lib/errors';
import type { Form } from '../../lib/form';
import { t } from '../../lib/i18n';
import { CopyId } from '../ui/copy-id';
import css from './field.module.css';

const LeaveDialog = lazy(() => import('./leave-dialog').then((module) => ({ default: module.LeaveDialog })));

/** The element around the fields: failure on top, `mod+enter` sends, leaving with unsaved values asks. */
export function FormFrame<V extends Readonly<Record<string, unknown>>>({
  form,
  label,
  children,
  actions,
}: {
  form: Form<V>;
  label?: string;
  children: ReactNode;
  actions: ReactNode;
}) {
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>): void => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) form.onSubmit(event);
  };
  return (
    <form ref={form.ref} className={css.form} noValidate aria-label={label} onSubmit={form.onSubmit} onKeyDown={onKeyDown}>
      <div aria-live="polite" className={css.live}>
        {form.failure !== null && <Failure failure={form.failure} />}
      </div>
      {children}
      <div className={css.actions}>{actions}</div>
      {form.blocker !== null && (
        <Suspense>
          <LeaveDialog onStay={form.blocker.stay} onLeave={form.blocker.proceed} />
        </Suspense>
      )}
    </form>
  );
}

export function Failure({ failure }: { failure: { text: string; details: readonly string[]; error: unknown } }) {
  // A refusal that says what to do needs no number; a fault of ours does.
  const requestId = failure.error instanceof ApiError && failure.error.status >= 500 ? failure.error.problem.request_id : undefined;
  return (
    <div className={css.failure} data-failure tabIndex={-1}>
      {failure.text}
      {failure.details.map((detail) => (
        <div key={detail}>{detail}</div>
      ))}
      {requestId !== undefined && (
        <small>
          {t('error.request_id')} <CopyId id={requestId} label={t('error.request_id')} />
        </small>
      )}
    </div>
  );
}
