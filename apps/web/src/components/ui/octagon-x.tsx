import type { SVGProps } from 'react';

/** Cross in an octagon: the mark of "failed", drawn in the manner of the icon set, which has none. */
export function IconOctagonX({
  size = 16,
  stroke = 1.5,
  ...rest
}: { size?: number | string; stroke?: number | string } & Omit<SVGProps<SVGSVGElement>, 'stroke' | 'ref'>) {
  return (
    <svg
      {...rest}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={stroke}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d="M8.300 3h7.400L21 8.300v7.400L15.700 21H8.300L3 15.700V8.300z" />
      <path d="M9.500 9.500l5 5" />
      <path d="M14.500 9.500l-5 5" />
    </svg>
  );
}
