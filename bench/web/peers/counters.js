/** Count what any page draws and keeps on the graphics card. Runs before the page's own code. */
(() => {
  const GL = WebGL2RenderingContext;
  const total = { calls: 0, triangles: 0, bytes: 0 };
  const sizes = new WeakMap();
  const pending = [];
  const counters = { total, frames: [] };
  let context = null;
  let atTick = { calls: 0, triangles: 0 };
  let pixels = 0;

  function wrap(prototype, name, before) {
    const original = prototype[name];
    prototype[name] = function (...args) {
      before(this, ...args);
      return original.apply(this, args);
    };
  }

  function drawn(gl, mode, count, instances = 1) {
    context = gl;
    total.calls++;
    if (mode === gl.TRIANGLES) total.triangles += (count / 3) * instances;
    const [, , width, height] = viewports.get(gl) ?? [0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight];
    pixels = Math.max(pixels, width * height);
  }

  const viewports = new WeakMap();
  wrap(GL.prototype, "viewport", (gl, ...area) => viewports.set(gl, area));
  wrap(GL.prototype, "drawElements", (gl, mode, count) => drawn(gl, mode, count));
  wrap(GL.prototype, "drawArrays", (gl, mode, _first, count) => drawn(gl, mode, count));
  wrap(GL.prototype, "drawRangeElements", (gl, mode, _start, _end, count) => drawn(gl, mode, count));
  wrap(GL.prototype, "drawElementsInstanced", (gl, mode, count, _type, _offset, many) => drawn(gl, mode, count, many));
  wrap(GL.prototype, "drawArraysInstanced", (gl, mode, _first, count, many) => drawn(gl, mode, count, many));

  /** WEBGL_multi_draw: one call, the sum of the counts. */
  const multiple = (gl, mode, counts, offset, length) => {
    let count = 0;
    for (let index = 0; index < length; index++) count += counts[offset + index];
    drawn(gl, mode, count);
  };
  const extension = GL.prototype.getExtension;
  GL.prototype.getExtension = function (name) {
    const result = extension.call(this, name);
    if (name !== "WEBGL_multi_draw" || result === null || result.counted) return result;
    const { multiDrawElementsWEBGL: elements, multiDrawArraysWEBGL: arrays } = result;
    result.counted = true;
    result.multiDrawElementsWEBGL = (mode, counts, at, type, offsets, offsetAt, length) => {
      multiple(this, mode, counts, at, length);
      elements.call(result, mode, counts, at, type, offsets, offsetAt, length);
    };
    result.multiDrawArraysWEBGL = (mode, firsts, firstAt, counts, at, length) => {
      multiple(this, mode, counts, at, length);
      arrays.call(result, mode, firsts, firstAt, counts, at, length);
    };
    return result;
  };

  function keep(object, bytes) {
    if (!object) return;
    total.bytes += bytes - (sizes.get(object) ?? 0);
    sizes.set(object, bytes);
  }

  const BINDINGS = {
    34962: 34964, // ARRAY_BUFFER
    34963: 34965, // ELEMENT_ARRAY_BUFFER
    35345: 35368, // UNIFORM_BUFFER
    3553: 32873, // TEXTURE_2D
  };
  const bound = (gl, target) => (BINDINGS[target] ? gl.getParameter(BINDINGS[target]) : null);
  wrap(GL.prototype, "bufferData", (gl, target, data, _usage, offset = 0, length = 0) => {
    const unit = data?.BYTES_PER_ELEMENT ?? 1;
    const bytes = typeof data === "number" ? data : length ? length * unit : (data?.byteLength ?? 0) - offset * unit;
    keep(bound(gl, target), bytes);
  });
  wrap(GL.prototype, "deleteBuffer", (_gl, buffer) => keep(buffer, 0));
  wrap(GL.prototype, "deleteTexture", (_gl, texture) => keep(texture, 0));

  /** Bytes per pixel of the formats with a size; four of those without. */
  const PIXEL = { 33321: 1, 33323: 2, 33330: 1, 33332: 2, 33334: 4, 36214: 8, 34842: 8, 34836: 16, 36208: 16, 33326: 4 };
  PIXEL[36209] = 12; // RGB32UI
  PIXEL[34837] = 12; // RGB32F
  PIXEL[36215] = 6; // RGB16UI
  PIXEL[36221] = 3; // RGB8UI
  wrap(GL.prototype, "texStorage2D", (gl, target, _levels, format, width, height) =>
    keep(bound(gl, target), width * height * (PIXEL[format] ?? 4)),
  );
  wrap(GL.prototype, "texImage2D", (gl, target, level, format, width, height) => {
    if (level === 0 && typeof height === "number") keep(bound(gl, target), width * height * (PIXEL[format] ?? 4));
  });

  /** At each frame of the page: note what was drawn since the last, and when the graphics card had finished it. */
  function tick(time) {
    requestAnimationFrame(tick);
    while (pending.length > 0) {
      const { gl, fence, frame } = pending[0];
      if (gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) break;
      frame.finished = performance.now();
      gl.deleteSync(fence);
      pending.shift();
    }
    if (context === null || total.calls === atTick.calls) return;
    const { calls, triangles } = atTick;
    const frame = { time, calls: total.calls - calls, triangles: total.triangles - triangles, pixels };
    counters.frames.push(frame);
    pending.push({ gl: context, fence: context.fenceSync(context.SYNC_GPU_COMMANDS_COMPLETE, 0), frame });
    context.flush();
    atTick = { ...total };
    pixels = 0;
  }
  requestAnimationFrame(tick);

  /** Wait until the graphics card has finished what was drawn until now. */
  counters.finish = () => {
    if (context !== null) context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
  };
  counters.idle = () => pending.length === 0;
  window.counters = counters;
})();
