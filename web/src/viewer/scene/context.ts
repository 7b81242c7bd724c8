import { WebGLRenderer } from "three";
import { WebGlMissing } from "../types";

/** A renderer, and whether the processor does the work of a graphics card. */
export interface Context {
  renderer: WebGLRenderer;
  software: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

/** Make a renderer with its canvas. Throws WebGlMissing. */
export function makeContext(): Context {
  const software = isSoftware();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2", {
    // A processor needs too long for it while the camera moves; at rest it draws a larger picture instead.
    antialias: !software,
    alpha: true,
    powerPreference: "high-performance",
    // A picture is drawn in several parts.
    preserveDrawingBuffer: true,
  });
  if (context === null) throw new WebGlMissing("The browser cannot make a WebGL 2 context.");
  const renderer = new WebGLRenderer({ canvas, context, alpha: true });
  renderer.autoClear = false;
  return { renderer, software };
}

function isSoftware(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  if (context === null) throw new WebGlMissing("The browser cannot make a WebGL 2 context.");
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const name = String(context.getParameter(names?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER));
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(name);
}
