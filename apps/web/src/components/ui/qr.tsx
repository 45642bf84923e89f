import { useMemo } from 'react';
import { qrCode } from '../../lib/qr';
import css from './qr.module.css';

const QUIET = 4;

/** Drawn here: a secret goes to no other server. Black on white in both schemes, cameras need it. */
export function Qr({ text, label }: { text: string; label: string }) {
  const drawn = useMemo(() => {
    const grid = qrCode(text);
    if (grid === null) return null;
    const path = grid.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ''))).join('');
    return { path, size: grid.length + 2 * QUIET };
  }, [text]);
  if (drawn === null) return null;
  return (
    <svg className={css.qr} viewBox={`0 0 ${drawn.size} ${drawn.size}`} shapeRendering="crispEdges" role="img" aria-label={label}>
      <path d={drawn.path} fill="currentColor" />
    </svg>
  );
}
