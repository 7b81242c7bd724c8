import {
  BufferAttribute,
  BufferGeometry,
  DynamicDrawUsage,
  InstancedBufferAttribute,
  InstancedBufferGeometry,
  InstancedInterleavedBuffer,
  InterleavedBufferAttribute,
  Mesh,
  type TypedArray,
} from "three";
import type { BatchData } from "../decode/modelData";
import type { Culler } from "./culling";
import type { Materials } from "./materials";
import { type ElementStates, HIDDEN } from "./states";

/** The attributes of one model: batches that share arrays share their copy on the graphics card. */
export class Attributes {
  private readonly known = new Map<TypedArray, BufferAttribute>();

  of(array: TypedArray, size: number, normalized = false): BufferAttribute {
    let attribute = this.known.get(array);
    if (attribute === undefined) {
      attribute = new BufferAttribute(array, size, normalized);
      this.known.set(array, attribute);
    }
    return attribute;
  }
}

/** Draws one batch: the elements as they are, and the ghosted ones again as transparent. */
export class BatchMesh {
  readonly solid: Mesh;
  readonly ghost: Mesh;
  /** How many parts or instances are hidden and ghosted; set with the appearance. */
  hidden = 0;
  ghosted = 0;
  private readonly geometry: BufferGeometry;
  private readonly drawn: Uint32Array | null;

  constructor(
    readonly data: BatchData,
    materials: Materials,
    attributes: Attributes,
  ) {
    this.geometry = data.matrices === null ? new BufferGeometry() : new InstancedBufferGeometry();
    const { geometry } = this;
    geometry.setAttribute("position", attributes.of(data.positions, 3));
    geometry.setAttribute("colour", attributes.of(data.colours, 4, true));
    if (data.normals !== null) geometry.setAttribute("normal", attributes.of(data.normals, 4, true));
    if (data.uvs !== null) geometry.setAttribute("uv", attributes.of(data.uvs, 2));
    geometry.setIndex(attributes.of(data.indices, 1));
    this.drawn = data.matrices === null ? null : new Uint32Array(data.elements.length);
    if (data.matrices === null) geometry.setAttribute("element", attributes.of(data.elements, 1));
    else addInstances(geometry as InstancedBufferGeometry, data.elements.length);
    this.solid = this.mesh(materials, "solid", data.surface.transparent ? 1 : 0);
    this.ghost = this.mesh(materials, "ghost", 2);
  }

  /** Whether elements are drawn as they are, and as ghosts. */
  get drawsSolid(): boolean {
    return this.hidden + this.ghosted < this.data.sizes.length;
  }

  get drawsGhosts(): boolean {
    return this.ghosted > 0;
  }

  /** Choose what is drawn: in view, and at least `pixels` large. Returns the number of triangles. */
  cull(culler: Culler, states: ElementStates, pixels: number): number {
    const { data } = this;
    const all = data.sizes.length;
    const inView = this.hidden < all && culler.sees(data.boxes);
    const count = !inView
      ? 0
      : this.drawn === null
        ? this.cullParts(culler, pixels)
        : this.cullInstances(culler, states, pixels);
    return count / 3;
  }

  dispose(): void {
    this.solid.removeFromParent();
    this.ghost.removeFromParent();
    this.geometry.dispose();
  }

  private mesh(materials: Materials, pass: "solid" | "ghost", order: number): Mesh {
    const mesh = new Mesh(this.geometry, materials.of(this.data, pass));
    mesh.matrixAutoUpdate = false;
    mesh.frustumCulled = false;
    mesh.visible = false;
    mesh.renderOrder = order;
    return mesh;
  }

  /** Parts are ordered by size: draw those before the first that is too small. */
  private cullParts(culler: Culler, pixels: number): number {
    const { sizes, firsts, boxes, indices } = this.data;
    const smallest = culler.sizeOf(pixels, boxes);
    let low = 0;
    let high = sizes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sizes[middle] as number) >= smallest) low = middle + 1;
      else high = middle;
    }
    const count = low === sizes.length ? indices.length : (firsts[low] as number);
    this.geometry.setDrawRange(0, count);
    return count;
  }

  private cullInstances(culler: Culler, states: ElementStates, pixels: number): number {
    const { sizes, boxes, elements } = this.data;
    const geometry = this.geometry as InstancedBufferGeometry;
    const drawn = this.drawn as Uint32Array;
    const before = geometry.instanceCount;
    let changed = false;
    let count = 0;
    for (let instance = 0; instance < elements.length; instance++) {
      const at = (instance + 1) * 6;
      if ((states.flags(elements[instance] as number) & HIDDEN) !== 0) continue;
      if (!culler.sees(boxes, at) || (sizes[instance] as number) < culler.sizeOf(pixels, boxes, at)) continue;
      if (count >= before || drawn[count] !== instance) {
        drawn[count] = instance;
        changed = true;
      }
      count++;
    }
    geometry.instanceCount = count;
    if (changed) this.copyInstances(count);
    return count * this.data.indices.length;
  }

  private copyInstances(count: number): void {
    const { matrices, elements } = this.data;
    const rows = (this.geometry.getAttribute("row0") as InterleavedBufferAttribute).data;
    const numbers = this.geometry.getAttribute("element") as InstancedBufferAttribute;
    const drawn = this.drawn as Uint32Array;
    for (let to = 0; to < count; to++) {
      const from = drawn[to] as number;
      rows.array.set((matrices as Float32Array).subarray(from * 12, from * 12 + 12), to * 12);
      numbers.array[to] = elements[from] as number;
    }
    rows.clearUpdateRanges();
    rows.addUpdateRange(0, count * 12);
    rows.needsUpdate = true;
    numbers.clearUpdateRanges();
    numbers.addUpdateRange(0, count);
    numbers.needsUpdate = true;
  }
}

function addInstances(geometry: InstancedBufferGeometry, count: number): void {
  const rows = new InstancedInterleavedBuffer(new Float32Array(count * 12), 12);
  rows.setUsage(DynamicDrawUsage);
  for (let row = 0; row < 3; row++) {
    geometry.setAttribute(`row${row}`, new InterleavedBufferAttribute(rows, 4, row * 4));
  }
  const numbers = new InstancedBufferAttribute(new Uint32Array(count), 1);
  numbers.setUsage(DynamicDrawUsage);
  geometry.setAttribute("element", numbers);
  geometry.instanceCount = 0;
}
