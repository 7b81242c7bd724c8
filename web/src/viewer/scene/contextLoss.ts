/** Tell when the graphics context is lost, and when it is back; three.js uploads everything again by itself. */
export function watchContext(canvas: HTMLCanvasElement, onChange: (lost: boolean) => void): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  canvas.addEventListener(
    "webglcontextlost",
    (event) => {
      // Without this, the browser does not restore it.
      event.preventDefault();
      onChange(true);
    },
    { signal },
  );
  canvas.addEventListener("webglcontextrestored", () => onChange(false), { signal });
  return () => listening.abort();
}
