/** Put canvases over a background into one PNG. */
export function pictureOf(background: string, ...layers: HTMLCanvasElement[]): Promise<Blob> {
  const { width = 1, height = 1 } = layers[0] ?? {};
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  if (pen !== null) {
    pen.fillStyle = isTransparent(background) ? "#ffffff" : background;
    pen.fillRect(0, 0, width, height);
    for (const layer of layers) pen.drawImage(layer, 0, 0, width, height);
  }
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob === null) reject(new Error("The picture is too large."));
      else resolve(blob);
    }, "image/png");
  });
}

function isTransparent(colour: string): boolean {
  return colour === "" || colour === "transparent" || colour.endsWith(", 0)");
}
