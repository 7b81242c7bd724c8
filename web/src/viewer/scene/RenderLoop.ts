/** What the loop asks of its owner. */
export interface Frames {
  /** Move the camera by the user's input; returns whether it moved. */
  move(seconds: number): boolean;
  /**
   * Begin a picture of everything that covers at least `pixels`; returns the number of its triangles.
   * While the camera moves, `resolution` is the share of the screen's pixels that are drawn.
   */
  begin(pixels: number, resolution: number | null): number;
  /** Draw the next part of the picture, of at most so many triangles if it can be divided; returns what it drew. */
  draw(triangles: number): number;
  /** The picture has no more parts. */
  complete(): boolean;
  /** A picture, or a part of it, was drawn. */
  after(rests: boolean): void;
}

/** Milliseconds that one picture, or a part of a finer one, may take. */
const MOVING = 60;
const PART = 150;
/** Above this time per picture, the resolution is lowered. */
const SLOW = 90;
const LOWEST_RESOLUTION = 0.4;
/** The camera rests after this time without movement. */
const REST = 140;
/** Smaller things are never drawn, in pixels. */
const FINEST = 0.5;
/** Even a slow machine draws what covers so many pixels. */
const COARSEST = 200;
/** Triangles per millisecond before anything was measured; a software renderer has about this speed. */
const FIRST_SPEED = 1500;

/** Draws when something changed: while the camera moves, as much as its speed allows; at rest, everything in parts. */
export class RenderLoop {
  private speed = FIRST_SPEED;
  private pixels = 2;
  private resolution = 1;
  private requested = false;
  private drawing = false;
  private ended = false;
  private handle = 0;
  private last = 0;
  private movedAt = -1;
  private pending: { fence: WebGLSync | null; triangles: number; at: number; moving: boolean } | null = null;

  constructor(
    private readonly gl: WebGL2RenderingContext,
    private readonly frames: Frames,
    private readonly onSettled: (settled: boolean) => void,
  ) {}

  /** Something changed: draw again; as while the camera moves, if more changes of this kind will follow. */
  request(moved = false): void {
    this.requested = true;
    if (moved) this.movedAt = performance.now();
    this.wake();
  }

  /** Look whether the camera moves. */
  wake(): void {
    if (this.handle !== 0 || this.ended) return;
    this.last = performance.now();
    this.handle = requestAnimationFrame((time) => this.tick(time));
    this.onSettled(false);
  }

  /** Never draw again, whatever is requested. */
  end(): void {
    this.ended = true;
    this.stop();
  }

  /** Whether the complete picture of the present view is on the screen. */
  get settled(): boolean {
    return this.handle === 0;
  }

  private stop(): void {
    cancelAnimationFrame(this.handle);
    this.handle = 0;
  }

  private tick(time: number): void {
    this.handle = requestAnimationFrame((now) => this.tick(now));
    if (this.busy()) return;
    const moved = this.frames.move(Math.min(Math.max(time - this.last, 0), 250) / 1000);
    this.last = time;
    if (moved) this.movedAt = time;
    const moving = this.movedAt >= 0 && time - this.movedAt < REST;
    if (moved || (moving && this.requested)) this.drawMoving();
    else if (moving) return;
    else if (this.requested || this.movedAt >= 0) this.drawFinest();
    else if (this.drawing) this.drawPart();
    else this.settle();
  }

  private drawMoving(): void {
    this.requested = false;
    this.drawing = false;
    const budget = this.speed * MOVING;
    let triangles = this.frames.begin(this.pixels, this.resolution);
    while (triangles > budget && this.pixels < COARSEST) {
      this.pixels = Math.min(this.pixels * 1.5, COARSEST);
      triangles = this.frames.begin(this.pixels, this.resolution);
    }
    if (triangles < budget / 2) this.pixels = Math.max(this.pixels / 1.25, FINEST);
    this.submit(Infinity, true);
    this.frames.after(false);
  }

  private drawFinest(): void {
    this.requested = false;
    this.movedAt = -1;
    this.frames.begin(FINEST, null);
    this.drawing = true;
    this.drawPart();
  }

  private drawPart(): void {
    this.submit(this.speed * PART, false);
    this.drawing = !this.frames.complete();
    this.frames.after(!this.drawing);
  }

  private settle(): void {
    this.stop();
    this.onSettled(true);
  }

  private submit(budget: number, moving: boolean): void {
    const triangles = this.frames.draw(budget);
    const fence = this.gl.fenceSync(this.gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    this.gl.flush();
    this.pending = { fence, triangles, at: performance.now(), moving };
  }

  /** Whether the graphics card still draws; more pictures would only queue up behind it. */
  private busy(): boolean {
    if (this.pending === null) return false;
    const { fence, triangles, at, moving } = this.pending;
    if (fence !== null && !this.gl.isContextLost()) {
      if (this.gl.clientWaitSync(fence, 0, 0) === this.gl.TIMEOUT_EXPIRED) return true;
      this.gl.deleteSync(fence);
    }
    this.pending = null;
    this.learn(triangles, performance.now() - at, moving);
    return false;
  }

  private learn(triangles: number, milliseconds: number, moving: boolean): void {
    if (moving) {
      if (milliseconds > SLOW) this.resolution = Math.max(this.resolution * 0.75, LOWEST_RESOLUTION);
      else if (milliseconds < SLOW / 3) this.resolution = Math.min(this.resolution * 1.1, 1);
    }
    const speed = triangles / Math.max(milliseconds, 1);
    // A picture of few triangles says little about their speed, unless it was slow.
    if (triangles > 20_000 || milliseconds > MOVING * 1.5) this.speed = Math.max(this.speed * 0.6 + speed * 0.4, 20);
  }
}
