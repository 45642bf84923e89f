/** How the dispatcher counts time; only tests use other values. */
export class DispatchTerms {
  poll_ms = 250;
  /** Expired leases are looked for so often. */
  sweep_ms = 1_000;
  /** Everything that no request and no delivery waits for. */
  tidy_ms = 60_000;
  /** A lease lasts for the time of the send and this. */
  lease_margin_ms = 10_000;
}
