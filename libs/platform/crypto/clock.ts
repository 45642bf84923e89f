/** What time it is. A class, so that it is its own injection token; tests inject one they can move. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}
