import css from './brand.module.css';

/** A ledger page: margin line and three entries. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden className={css.mark}>
      <rect width="24" height="24" rx="5" />
      <path d="M7.500 4.500v15" className={css.margin} />
      <path d="M10.500 8h9M10.500 12h9M10.500 16h5.500" className={css.entries} />
    </svg>
  );
}

export const Brand = ({ name }: { name: string }) => (
  <span className={css.brand}>
    <Mark />
    {name}
  </span>
);
