import { cloneElement, lazy, Suspense, useState, type ReactElement } from 'react';
import type { MenuGroup } from './menu';

const load = () => import('./menu');
const Menu = lazy(() => load().then((module) => ({ default: module.Menu })));

interface Props {
  target: ReactElement<{
    onClick?: () => void;
    onPointerEnter?: () => void;
    onFocus?: () => void;
    'aria-haspopup'?: 'menu';
    'aria-expanded'?: boolean;
  }>;
  groups: () => readonly MenuGroup[];
  position?: 'bottom-start' | 'bottom-end' | 'right-end';
  width?: number;
}

/** The menu's code comes with the intent (hover, focus) and opens with the first click. */
export function LazyMenu({ target, groups, position, width }: Props) {
  const [wanted, setWanted] = useState(false);
  const closed = cloneElement(target, {
    'aria-haspopup': 'menu',
    'aria-expanded': false,
    onClick: () => setWanted(true),
    onPointerEnter: () => void load(),
    onFocus: () => void load(),
  });
  if (!wanted) return closed;
  return (
    <Suspense fallback={closed}>
      <Menu target={target} groups={groups()} defaultOpened position={position} width={width} />
    </Suspense>
  );
}
