import { Accessors } from "./accessors";
import type { Glb } from "./glb";
import type { TextureData } from "./modelData";

const REPEAT = 10497;

/** Decode the images of a GLB; an image that the browser cannot read becomes a white pixel. */
export async function readTextures(glb: Glb): Promise<TextureData[]> {
  const { textures = [], images = [], samplers = [] } = glb.json;
  const accessors = new Accessors(glb, null);
  return Promise.all(
    textures.map(async ({ source, sampler }) => {
      const image = images[source ?? -1];
      const { wrapS = REPEAT, wrapT = REPEAT } = samplers[sampler ?? -1] ?? {};
      return {
        image: await decodeImage(accessors, image?.bufferView, image?.mimeType ?? ""),
        repeatS: wrapS === REPEAT,
        repeatT: wrapT === REPEAT,
      };
    }),
  );
}

async function decodeImage(accessors: Accessors, view: number | undefined, type: string): Promise<ImageBitmap> {
  try {
    if (view !== undefined) return await createImageBitmap(new Blob([accessors.bytes(view)], { type }), OPTIONS);
  } catch {
    // A damaged image must not keep the model from being shown.
  }
  return createImageBitmap(new ImageData(new Uint8ClampedArray([255, 255, 255, 255]), 1, 1));
}

/** glTF's images start at the top left, as bitmaps do; their colours are sRGB whatever the file's profile says. */
const OPTIONS: ImageBitmapOptions = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
