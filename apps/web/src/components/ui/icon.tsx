import type { ComponentType, SVGProps } from 'react';

export type IconType = ComponentType<
  { size?: number | string; stroke?: number | string } & Omit<SVGProps<SVGSVGElement>, 'stroke' | 'ref'>
>;

/** Icons are imported one by one; each is decoration, its name stands beside it or on the button. */
export function Icon({ of: Shape, size = 16 }: { of: IconType; size?: 16 | 20 }) {
  return <Shape size={size} stroke={1.5} aria-hidden focusable={false} />;
}
