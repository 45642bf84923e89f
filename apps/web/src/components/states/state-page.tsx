import { useEffect, useRef, type ReactNode } from 'react';
import { railClass, type Tone } from '../ui/status';
import css from './states.module.css';

/** A state that takes the page. The URL stays. `full`: there is no shell around it. */
export function StatePage({
  title,
  tone = 'off',
  full = false,
  children,
  actions,
}: {
  title: string;
  tone?: Tone;
  full?: boolean;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title;
    head.current?.focus();
  }, [title]);
  const page = (
    <div className={`${css.page} ${railClass(tone)}`}>
      <h1 ref={head} tabIndex={-1}>
        {title}
      </h1>
      {children}
      {actions !== undefined && <div className={css.actions}>{actions}</div>}
    </div>
  );
  return full ? <main className={css.full}>{page}</main> : page;
}
