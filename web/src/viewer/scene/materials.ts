import {
  type DataTexture,
  DoubleSide,
  FrontSide,
  GLSL3,
  type IUniform,
  RawShaderMaterial,
  type Texture,
  Vector3,
  Vector4,
} from "three";
import type { BatchData } from "../decode/modelData";
import { FRAGMENT, VERTEX } from "./shader";

/** Which elements a material draws. */
export type Pass = "solid" | "ghost";

/** Uniforms that all models share. */
export interface SharedUniforms {
  clipping: IUniform<Vector4[]>;
  clippingCount: IUniform<number>;
  selection: IUniform<Vector3>;
}

export function sharedUniforms(): SharedUniforms {
  return {
    clipping: { value: Array.from({ length: 6 }, () => new Vector4()) },
    clippingCount: { value: 0 },
    selection: { value: new Vector3(1, 0.55, 0.05) },
  };
}

/** The materials of one model; batches with equal surfaces share them. */
export class Materials {
  private readonly known = new Map<string, RawShaderMaterial>();
  private isCut = false;

  constructor(
    private readonly shared: SharedUniforms,
    private readonly states: DataTexture,
    private readonly textures: Texture[],
  ) {}

  of(batch: BatchData, pass: Pass): RawShaderMaterial {
    const { surface, matrices, normals } = batch;
    const key = JSON.stringify([surface, matrices !== null, normals !== null, pass]);
    let material = this.known.get(key);
    if (material === undefined) {
      material = this.make(batch, pass);
      this.known.set(key, material);
    }
    return material;
  }

  /**
   * Draw with the shaders that cut, or with those that draw everything. With a shader that may discard pixels, the depth
   * is tested only after the colour was computed: a complete picture takes two thirds more of the processor's time.
   */
  cut(isCut: boolean): void {
    this.isCut = isCut;
    for (const material of this.known.values()) {
      if ("CUT" in material.defines === isCut) continue;
      if (isCut) material.defines.CUT = "";
      else delete material.defines.CUT;
      material.needsUpdate = true;
    }
  }

  dispose(): void {
    for (const material of this.known.values()) material.dispose();
  }

  private make({ surface, matrices, normals, uvs }: BatchData, pass: Pass): RawShaderMaterial {
    const map = uvs === null ? undefined : this.textures[surface.texture];
    const blended = surface.transparent || pass === "ghost";
    return new RawShaderMaterial({
      glslVersion: GLSL3,
      vertexShader: VERTEX,
      fragmentShader: FRAGMENT,
      uniforms: {
        ...this.shared,
        states: { value: this.states },
        ghostPass: { value: pass === "ghost" },
        map: { value: map },
      },
      defines: {
        ...(matrices !== null && { INSTANCED: "" }),
        ...(normals !== null && { NORMALS: "" }),
        ...(map !== undefined && { TEXTURED: "" }),
        ...(surface.lit && { LIT: "" }),
        ...(this.isCut && { CUT: "" }),
      },
      side: surface.doubleSided ? DoubleSide : FrontSide,
      transparent: blended,
      depthWrite: !blended,
      // Two passes for the two sides would draw everything twice.
      forceSinglePass: true,
    });
  }
}
