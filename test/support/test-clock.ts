/** The wall clock, moved by hand. PostgreSQL keeps its own time: what the database decides by `now()` is moved in its rows. */
export class TestClock {
  private offset_ms = 0;

  now(): Date {
    return new Date(Date.now() + this.offset_ms);
  }
  advance(ms: number): void {
    this.offset_ms += ms;
  }
  reset(): void {
    this.offset_ms = 0;
  }
}
