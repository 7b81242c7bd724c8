import { DataTexture, NearestFilter, RGBAIntegerFormat, UnsignedByteType } from "three";
import type { Appearance } from "../types";

const WIDTH = 1024;
export const HIDDEN = 1;
export const GHOST = 2;
export const SELECTED = 4;
export const COLOURED = 8;

/** What the shader knows about each element: a colour and flags, in one texel. */
export class ElementStates {
  readonly texture: DataTexture;
  private readonly bytes: Uint8Array<ArrayBuffer>;

  constructor(readonly count: number) {
    const height = Math.max(Math.ceil(count / WIDTH), 1);
    this.bytes = new Uint8Array(WIDTH * height * 4);
    this.texture = new DataTexture(this.bytes, WIDTH, height, RGBAIntegerFormat, UnsignedByteType);
    this.texture.minFilter = NearestFilter;
    this.texture.magFilter = NearestFilter;
    this.texture.internalFormat = "RGBA8UI";
    this.texture.needsUpdate = true;
  }

  /** Replace the state of all elements. */
  set({ hidden, ghosted, colours, selected }: Appearance): void {
    this.bytes.fill(0);
    for (const [element, colour] of colours) {
      if (element >= this.count) continue;
      this.bytes.set(colour, element * 4);
      this.flag(element, COLOURED);
    }
    for (const element of hidden) this.flag(element, HIDDEN);
    for (const element of ghosted) this.flag(element, GHOST);
    for (const element of selected) this.flag(element, SELECTED);
    this.texture.needsUpdate = true;
  }

  /** The flags of an element. */
  flags(element: number): number {
    return this.bytes[element * 4 + 3] ?? 0;
  }

  private flag(element: number, flag: number): void {
    if (element < this.count) this.bytes[element * 4 + 3] = this.flags(element) | flag;
  }
}
