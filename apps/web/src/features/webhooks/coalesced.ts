/**
 * Many calls become few runs: `act` runs at once, and while it runs or `pause_ms` after it further calls are kept as one run to come. So
 * each call is followed by a whole run, none is cut short by the next, and a burst costs what its length allows. `act` says its failures by itself and never rejects.
 */
export function coalesced(act: () => Promise<unknown>, pause_ms: number): () => void {
  let isBusy = false;
  let isAskedAgain = false;
  const run = async (): Promise<void> => {
    isBusy = true;
    do {
      isAskedAgain = false;
      await act();
      await new Promise((resolve) => setTimeout(resolve, pause_ms));
    } while (isAskedAgain);
    isBusy = false;
  };
  return () => {
    if (isBusy) isAskedAgain = true;
    else void run();
  };
}
