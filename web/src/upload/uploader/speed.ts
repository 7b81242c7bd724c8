const WINDOW = 8_000;

/** The speed of a transfer, from the bytes of the last seconds. */
export class Speed {
  private readonly samples: { time: number; bytes: number }[] = [];
  private total = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Count bytes that were sent; less than zero when a part has to be sent again. */
  add(bytes: number): void {
    this.total += bytes;
    this.samples.push({ time: this.now(), bytes: this.total });
    const oldest = this.now() - WINDOW;
    while (this.samples.length > 2 && (this.samples[1]?.time ?? oldest) < oldest) this.samples.shift();
  }

  /** Return bytes per second, or null while too little is known. */
  get perSecond(): number | null {
    const first = this.samples[0];
    if (first === undefined) return null;
    const seconds = (this.now() - first.time) / 1000;
    if (seconds < 0.5) return null;
    return Math.max(0, (this.total - first.bytes) / seconds);
  }

  /** Return the seconds that the remaining bytes take, or null while that is unknown. */
  secondsFor(remaining: number): number | null {
    const speed = this.perSecond;
    return speed === null || speed < 1 ? null : remaining / speed;
  }

  /** Forget the samples: a pause is not a slow transfer. */
  reset(): void {
    this.samples.length = 0;
  }
}
