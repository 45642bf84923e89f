import { Fragment, type ReactNode } from 'react';
import css from './layout.module.css';

export const Stack = ({ children }: { children: ReactNode }) => <div className={css.stack}>{children}</div>;
export const Row = ({ children }: { children: ReactNode }) => <div className={css.row}>{children}</div>;
export const Note = ({ children }: { children: ReactNode }) => <p className={css.note}>{children}</p>;

/** Name and value, ruled line by line. */
export function Facts({ items }: { items: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={css.facts}>
      {items.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** A titled part of a page, its head on a ruled line. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.section}>
      <div className={css.head}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
