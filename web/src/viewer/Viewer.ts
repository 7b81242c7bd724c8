import { loadModel } from "./decode/loadModel";
import { bytesOf } from "./decode/modelData";
import { CameraRig } from "./scene/CameraRig";
import { watchContext } from "./scene/contextLoss";
import { RenderLoop } from "./scene/RenderLoop";
import { Stage, united } from "./scene/Stage";
import { pictureOf } from "./scene/screenshot";
import { watchKeys } from "./tools/keyboard";
import { Picker } from "./tools/Picker";
import { watchPointer } from "./tools/Pointer";
import { Tools } from "./tools/Tools";
import type {
  Appearance,
  Box,
  CameraState,
  Direction,
  Hit,
  LoadedModel,
  LoadOptions,
  MeasureTool,
  Projection,
  Section,
  Target,
  ViewerApi,
  ViewerListeners,
} from "./types";

/** The 3D engine: shows models on a canvas that fills its container. Throws WebGlMissing. */
export class Viewer implements ViewerApi {
  private readonly stage: Stage;
  private readonly rig: CameraRig;
  private readonly loop: RenderLoop;
  private readonly picker: Picker;
  private readonly tools: Tools;
  private readonly frameListeners = new Set<() => void>();
  private readonly endings: (() => void)[] = [];

  constructor(
    private readonly container: HTMLElement,
    private readonly listeners: ViewerListeners,
  ) {
    this.stage = new Stage(container, () => this.loop.request());
    this.rig = new CameraRig(this.stage.canvas, () => this.loop.wake());
    this.picker = new Picker(this.stage, this.rig);
    this.loop = new RenderLoop(
      this.stage.renderer.getContext() as WebGL2RenderingContext,
      {
        move: (seconds) => this.rig.controls.update(seconds),
        begin: (pixels, resolution) => this.stage.begin(this.rig, pixels, resolution),
        draw: (triangles) => this.stage.picture.draw(this.rig.camera, triangles),
        complete: () => this.stage.picture.complete,
        after: (rests) => this.afterFrame(rests),
      },
      // Tests of the page wait for the complete picture.
      (settled) => container.setAttribute("data-settled", String(settled)),
    );
    this.tools = new Tools(container, this.stage, this.rig, this.picker, {
      onMeasure: (results) => this.listeners.onMeasure?.(results),
      onSection: (section) => this.listeners.onSection?.(section),
      onChange: (moved) => this.loop.request(moved),
    });
    this.listen();
    this.resize();
  }

  async load(id: string, url: string, options: LoadOptions): Promise<LoadedModel> {
    const data = await loadModel(url, options);
    options.signal.throwIfAborted();
    const first = this.stage.models.size === 0;
    const model = this.stage.add(id, data);
    this.section = this.tools.section;
    if (first) this.show(this.stage.box(), "iso", false);
    this.loop.request();
    return model.facts();
  }

  unload(id: string): void {
    this.stage.remove(id);
    this.loop.request();
  }

  setAppearance(id: string, appearance: Appearance): void {
    this.stage.models.get(id)?.setAppearance(appearance);
    this.loop.request();
  }

  fit(targets?: Target[]): void {
    const boxes = targets?.map(({ id, elements }) => this.stage.models.get(id)?.sceneBox(elements) ?? null);
    this.show(boxes?.reduce(united, null) ?? this.stage.box(), null, true);
  }

  lookFrom(direction: Direction): void {
    this.show(this.stage.box(), direction, true);
  }

  get projection(): Projection {
    return this.rig.projection;
  }

  set projection(projection: Projection) {
    this.rig.projection = projection;
    this.loop.request();
  }

  get camera(): CameraState {
    const { position, target, height } = this.rig.view;
    const { projection } = this;
    return { position: this.stage.toWorld(position), target: this.stage.toWorld(target), projection, height };
  }

  set camera({ position, target, projection, height }: CameraState) {
    this.rig.projection = projection;
    const away = this.stage.toScene(position);
    const tall = projection === "orthographic" ? (height ?? 0) : 0;
    this.rig.look({ position: away, target: this.stage.toScene(target), height: tall }, false);
    this.loop.request(true);
  }

  get section(): Section | null {
    return this.tools.section;
  }

  set section(section: Section | null) {
    this.tools.section = section;
  }

  get editSection(): boolean {
    return this.tools.editSection;
  }

  set editSection(editing: boolean) {
    this.tools.editSection = editing;
  }

  /** The accessible name of the section's handles. */
  set sectionLabel(label: string) {
    this.tools.handles.setLabel(label);
  }

  measure(tool: MeasureTool | null): void {
    this.tools.measuring.start(tool);
    this.stage.canvas.style.cursor = tool === null ? "" : "crosshair";
  }

  clearMeasurements(): void {
    this.tools.measuring.clear();
  }

  pickAt(clientX: number, clientY: number): Hit | null {
    const picked = this.picker.pickAt(clientX, clientY);
    return picked && this.picker.hitOf(picked);
  }

  visibleBox(): Box | null {
    return this.tools.around();
  }

  get orientation(): { azimuth: number; elevation: number } {
    const { azimuthAngle, polarAngle } = this.rig.controls;
    return { azimuth: (azimuthAngle * 180) / Math.PI, elevation: 90 - (polarAngle * 180) / Math.PI };
  }

  async screenshot(): Promise<Blob> {
    this.stage.begin(this.rig, 0, null);
    this.stage.picture.draw(this.rig.camera, Infinity);
    this.loop.request();
    return pictureOf(getComputedStyle(this.container).backgroundColor, this.stage.canvas, this.tools.overlay.canvas);
  }

  /** Call `listener` after each frame; returns a function that stops it. */
  onFrame(listener: () => void): () => void {
    this.frameListeners.add(listener);
    return () => this.frameListeners.delete(listener);
  }

  /** Numbers for the benchmark: bytes of arrays, and of their copies on the graphics card. */
  get statistics(): { triangles: number; settled: boolean; drawCalls: number; arrays: number; graphics: number } {
    const { triangles, renderer, models } = this.stage;
    const sizes = [...models.values()].map((model) => bytesOf(model.data));
    return {
      triangles,
      settled: this.loop.settled,
      drawCalls: renderer.info.render.calls,
      arrays: sizes.reduce((sum, { arrays }) => sum + arrays, 0),
      graphics: sizes.reduce((sum, { graphics }) => sum + graphics, 0),
    };
  }

  dispose(): void {
    for (const end of this.endings) end();
    // React ends this before the tools, which then still call it.
    this.loop.end();
    this.tools.dispose();
    this.rig.dispose();
    this.stage.dispose();
  }

  private show(box: Box | null, direction: Direction | null, smoothly: boolean): void {
    if (box !== null) this.rig.fit(box, direction, smoothly);
    this.loop.request();
  }

  private press(event: PointerEvent): void {
    this.rig.byTouch = event.pointerType === "touch";
    if (event.button !== 0) return;
    const picked = this.picker.pickAt(event.clientX, event.clientY);
    if (picked !== null) this.rig.orbitAround(picked.point);
  }

  private click(event: PointerEvent): void {
    if (!this.tools.click(event.clientX, event.clientY)) {
      this.listeners.onPick(this.pickAt(event.clientX, event.clientY), event);
    }
  }

  /** Take input from the user and the browser. */
  private listen(): void {
    const { container, stage, tools } = this;
    const sizes = new ResizeObserver(() => this.resize());
    sizes.observe(container);
    this.endings.push(
      () => sizes.disconnect(),
      watchPointer(stage.canvas, {
        onPress: (event) => this.press(event),
        onClick: (event) => this.click(event),
        onDoubleClick: () => tools.measuring.finish(),
        onHover: (event) => tools.hover(event.clientX, event.clientY),
      }),
      watchKeys(container, this.rig, {
        fit: () => this.fit(),
        finish: () => tools.measuring.finish(),
        cancel: () => tools.measuring.cancel(),
      }),
      watchContext(stage.canvas, (lost) => {
        this.listeners.onContextLost?.(lost);
        if (!lost) this.loop.request();
      }),
    );
  }

  private resize(): void {
    if (this.stage.resize(this.rig)) this.loop.request(true);
  }

  private afterFrame(rests: boolean): void {
    this.tools.draw();
    for (const listener of this.frameListeners) listener();
    if (rests) this.listeners.onCamera?.(this.camera);
  }
}
