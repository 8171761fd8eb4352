/**
 * Waits between attempts to connect: doubling, half of each at random, so that thousands of pages
 * come back spread out ("equal jitter", M. Brooker 2015).
 */
export class Backoff {
  private tries = 0;

  constructor(
    private readonly firstMs = 500,
    private readonly ceilingMs = 30_000,
    private readonly random: () => number = Math.random,
  ) {}

  /** Return the milliseconds to wait before the next attempt. */
  next(): number {
    const whole = Math.min(this.ceilingMs, this.firstMs * 2 ** Math.min(this.tries, 16));
    this.tries += 1;
    return whole / 2 + (whole / 2) * this.random();
  }

  /** How many attempts have failed in a row. */
  get failed(): number {
    return this.tries;
  }

  reset(): void {
    this.tries = 0;
  }
}
