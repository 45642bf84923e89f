import { useEffect, useState } from 'react';

/**
 * A layer that is taken away while it has the focus gives it back to what had it when the layer came, if that is still there. The
 * library does so for layers that stay mounted and are closed; ours are mounted when they open.
 */
export function useFocusReturn(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the removal: whoever took the focus meanwhile, such as a new page's title, keeps it.
      setTimeout(() => {
        if (document.activeElement === document.body && opener instanceof HTMLElement && opener.isConnected)
          opener.focus({ preventScroll: true });
      });
    },
    [opener],
  );
}
