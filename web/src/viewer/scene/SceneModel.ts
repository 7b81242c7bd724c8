import {
  ClampToEdgeWrapping,
  Group,
  LinearMipmapLinearFilter,
  type OrthographicCamera,
  type PerspectiveCamera,
  RepeatWrapping,
  Texture,
  Vector3,
} from "three";
import { append } from "../../lib/append";
import type { BatchData, ModelData, TextureData } from "../decode/modelData";
import type { Parts } from "../tools/snapping";
import type { Appearance, Box, LoadedModel, Vec3 } from "../types";
import { Attributes, BatchMesh } from "./BatchMesh";
import { Culler } from "./culling";
import { Materials, type SharedUniforms } from "./materials";
import { ElementStates, GHOST, HIDDEN } from "./states";

/** A batch of which something is drawn. */
export interface Culled {
  batch: BatchMesh;
  triangles: number;
  size: number;
}

/** One model in the scene. */
export class SceneModel {
  readonly group = new Group();
  readonly states: ElementStates;
  /** The model's centre in the scene. */
  readonly offset: Vector3;
  hasGhosts = false;
  private readonly batches: BatchMesh[];
  private caps: BatchMesh | null = null;
  private readonly materials: Materials;
  private readonly textures: Texture[];
  private readonly culler = new Culler();
  private readonly byGlobalId = new Map<string, number[]>();
  /** Undefined until it is asked for. */
  private visibleBounds: Box | null | undefined;

  constructor(
    readonly id: string,
    readonly data: ModelData,
    origin: Vec3,
    shared: SharedUniforms,
  ) {
    this.offset = new Vector3(...origin.map((value, axis) => this.worldCentre(axis) - value));
    this.states = new ElementStates(data.globalIds.length);
    this.textures = data.textures.map(makeTexture);
    this.materials = new Materials(shared, this.states.texture, this.textures);
    const attributes = new Attributes();
    this.batches = data.batches.map((batch) => new BatchMesh(batch, this.materials, attributes));
    for (const batch of this.batches) this.place(batch);
    for (const [element, globalId] of data.globalIds.entries()) append(this.byGlobalId, globalId, element);
  }

  /** What pages know of the model. */
  facts(): LoadedModel {
    const { globalIds, originShift, triangles } = this.data;
    return {
      id: this.id,
      globalIds,
      originShift,
      triangles,
      indexesOf: (globalId) => this.byGlobalId.get(globalId) ?? [],
      boxOf: (elements) => this.worldBox(elements),
    };
  }

  /** Draw what the section leaves, or everything. */
  cut(isCut: boolean): void {
    this.materials.cut(isCut);
  }

  /** Draw other caps on the cut solids, or none. */
  setCaps(caps: BatchData | null): void {
    this.caps?.dispose();
    this.caps = caps && new BatchMesh(caps, this.materials, new Attributes());
    if (this.caps !== null) this.place(this.caps);
  }

  /** The caps as a model of one part: they can be picked and measured. */
  get capPart(): Parts | null {
    if (this.caps === null) return null;
    const { data } = this.caps;
    return {
      batches: [data],
      parts: { starts: Uint32Array.of(0, 1), rows: Uint32Array.of(0, 0, data.indices.length) },
    };
  }

  setAppearance(appearance: Appearance): void {
    this.states.set(appearance);
    this.visibleBounds = undefined;
    this.hasGhosts = appearance.ghosted.size > 0;
    for (const batch of this.batches) {
      batch.hidden = 0;
      batch.ghosted = 0;
    }
    const { starts, rows } = this.data.parts;
    for (const element of new Set([...appearance.hidden, ...appearance.ghosted])) {
      const hidden = (this.states.flags(element) & HIDDEN) !== 0;
      for (let row = starts[element] ?? 0; row < (starts[element + 1] ?? 0); row++) {
        const batch = this.batches[rows[row * 3] ?? -1];
        if (batch === undefined) continue;
        if (hidden) batch.hidden++;
        else batch.ghosted++;
      }
    }
  }

  /** Choose what is drawn, with the pixels of the largest thing of each batch. */
  *cull(camera: PerspectiveCamera | OrthographicCamera, height: number, pixels: number): Iterable<Culled> {
    this.culler.aim(camera, this.offset, height);
    for (const batch of this.caps === null ? this.batches : [...this.batches, this.caps]) {
      const triangles = batch.cull(this.culler, this.states, pixels);
      if (triangles === 0) continue;
      const { sizes, boxes } = batch.data;
      yield { batch, triangles, size: (sizes[0] ?? 0) / this.culler.sizeOf(1, boxes) };
    }
  }

  /** The box in the scene around all elements that are not hidden; around ghosts only if nothing else is visible. */
  visibleBox(): Box | null {
    if (this.visibleBounds === undefined) {
      this.visibleBounds = this.sceneBox(this.visible(HIDDEN | GHOST)) ?? this.sceneBox(this.visible(HIDDEN));
    }
    return this.visibleBounds;
  }

  /** The box around elements in the scene. */
  sceneBox(elements: Iterable<number>): Box | null {
    const box = this.innerBox(elements);
    const { x, y, z } = this.offset;
    return box && { min: shifted(box.min, [x, y, z]), max: shifted(box.max, [x, y, z]) };
  }

  /** The box around all elements in the scene. */
  wholeBox(): Box | null {
    return this.sceneBox(this.visible(0));
  }

  dispose(): void {
    this.group.removeFromParent();
    for (const batch of this.batches) batch.dispose();
    this.caps?.dispose();
    this.materials.dispose();
    this.states.texture.dispose();
    for (const texture of this.textures) {
      texture.dispose();
      (texture.image as ImageBitmap).close();
    }
  }

  private place({ solid, ghost }: BatchMesh): void {
    for (const mesh of [solid, ghost]) {
      mesh.matrix.setPosition(this.offset);
      this.group.add(mesh);
    }
  }

  private *visible(without: number): Iterable<number> {
    for (let element = 0; element < this.states.count; element++) {
      if ((this.states.flags(element) & without) === 0) yield element;
    }
  }

  private worldCentre(axis: number): number {
    return (this.data.centre[axis] ?? 0) + (this.data.originShift[axis] ?? 0);
  }

  private worldBox(elements: Iterable<number>): Box | null {
    const box = this.innerBox(elements);
    const centre: Vec3 = [this.worldCentre(0), this.worldCentre(1), this.worldCentre(2)];
    return box && { min: shifted(box.min, centre), max: shifted(box.max, centre) };
  }

  private innerBox(elements: Iterable<number>): Box | null {
    const { boxes } = this.data;
    const min: Vec3 = [Infinity, Infinity, Infinity];
    const max: Vec3 = [-Infinity, -Infinity, -Infinity];
    for (const element of elements) {
      for (const axis of [0, 1, 2] as const) {
        min[axis] = Math.min(min[axis], boxes[element * 6 + axis] ?? Infinity);
        max[axis] = Math.max(max[axis], boxes[element * 6 + 3 + axis] ?? -Infinity);
      }
    }
    return min[0] > max[0] ? null : { min, max };
  }
}

function shifted(point: Vec3, by: Vec3): Vec3 {
  return [point[0] + by[0], point[1] + by[1], point[2] + by[2]];
}

function makeTexture({ image, repeatS, repeatT }: TextureData): Texture {
  const texture = new Texture(image);
  texture.flipY = false;
  texture.wrapS = repeatS ? RepeatWrapping : ClampToEdgeWrapping;
  texture.wrapT = repeatT ? RepeatWrapping : ClampToEdgeWrapping;
  texture.minFilter = LinearMipmapLinearFilter;
  texture.needsUpdate = true;
  return texture;
}
