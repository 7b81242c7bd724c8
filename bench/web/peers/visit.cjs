// Measure one viewer with one model: node visit.cjs '{"page": …, "chromium": …, "model": …}' prints JSON.
const path = require("path");
const { memoryOf, withPage } = require("../drive.cjs");

const request = JSON.parse(process.argv[2]);
const SIZE = { width: 1280, height: 800 };
const ORBIT_SECONDS = 4;
const PICKS = 12;
const ANGLES = [0.4, 2.2, 4.0];

/** Steps that run in the page; `radius` is the distance of the camera from the middle of the model. */
const inPage = {
  async load() {
    const frames = window.counters.frames;
    const started = performance.now();
    const first = frames.length;
    await window.load("/models/0");
    const ready = performance.now() - started;
    await window.settle();
    while (!frames.slice(first).some(({ triangles }) => triangles > 0) || !window.counters.idle()) {
      if (performance.now() - started > 120_000) throw new Error("nothing was drawn");
      await new Promise(requestAnimationFrame);
    }
    const drawn = frames.slice(first).filter(({ triangles }) => triangles > 0);
    const complete = performance.now() - started;
    return { ready, firstImage: drawn[0].finished - started, complete };
  },

  async orbit([seconds, radius]) {
    const { eye, middle } = window.path(radius);
    const frames = window.counters.frames;
    while (!window.counters.idle()) await new Promise(requestAnimationFrame);
    const first = frames.length;
    const started = performance.now();
    for (let now = started; now - started < seconds * 1000; now = performance.now()) {
      window.look(eye(((now - started) / 1000) * 0.8), middle);
      await new Promise(requestAnimationFrame);
    }
    const last = frames.length;
    while (!window.counters.idle()) await new Promise(requestAnimationFrame);
    const moving = frames.slice(first, last).filter(({ triangles }) => triangles > 0);
    const mean = (key) => moving.reduce((sum, frame) => sum + frame[key], 0) / moving.length;
    const frameTime = (moving.at(-1).finished - started) / moving.length;
    return { frameTime, frames: moving.length, calls: mean("calls"), triangles: mean("triangles"), pixels: mean("pixels") };
  },

  async pictures([angles, radius]) {
    const { eye, middle } = window.path(radius);
    const times = [];
    let counts;
    for (const angle of angles) {
      window.look(eye(angle), middle);
      await window.arrive();
      window.counters.finish();
      const { calls, triangles } = window.counters.total;
      const started = performance.now();
      window.picture();
      window.counters.finish();
      times.push(performance.now() - started);
      counts = { calls: window.counters.total.calls - calls, triangles: window.counters.total.triangles - triangles };
    }
    return { times, ...counts };
  },

  async picks([count, width, height]) {
    const times = [];
    let hits = 0;
    for (let index = 0; index < count; index++) {
      const x = width * (0.25 + (0.5 * ((index * 7919) % count)) / count);
      const y = height * (0.3 + (0.4 * index) / count);
      const started = performance.now();
      if (await window.pick(x, y)) hits++;
      times.push(performance.now() - started);
    }
    return { times, hits };
  },

  /** The path of the camera around the model, 30 degrees above its middle. */
  path(radius) {
    const [min, max] = window.box();
    const middle = min.map((value, axis) => (value + max[axis]) / 2);
    const away = radius ?? 0.85 * Math.hypot(...min.map((value, axis) => max[axis] - value));
    const eye = (angle) => {
      const [flat, up] = [away * Math.cos(Math.PI / 6), away * Math.sin(Math.PI / 6)];
      return [middle[0] + flat * Math.cos(angle), middle[1] + up, middle[2] + flat * Math.sin(angle)];
    };
    return { eye, middle, away };
  },
};

/** Bytes of JavaScript: the page and its workers, with their arrays. */
const heapOf = (page) => page.evaluate(async () => (await performance.measureUserAgentSpecificMemory()).bytes);

/** All steps, one after the other. */
async function measure(page, browser) {
  const scripts = new Set();
  page.on("request", (sent) => scripts.add(new URL(sent.url()).pathname));
  await page.reload();
  await page.waitForFunction(() => window.load);
  const cdp = await browser.newBrowserCDPSession();
  await page.evaluate(`window.path = ${inPage.path.toString().replace(/^path/, "function")}`);
  const [heapBefore, before] = [await heapOf(page), await memoryOf(cdp)];
  const times = await page.evaluate(inPage.load);
  const [heap, after] = [await heapOf(page), await memoryOf(cdp)];
  const away = await page.evaluate((radius) => window.path(radius).away, request.radius ?? null);
  const box = await page.evaluate(() => window.box().map((corner) => [...corner]));
  const orbit = await page.evaluate(inPage.orbit, [ORBIT_SECONDS, away]);
  const pictures = await page.evaluate(inPage.pictures, [ANGLES, away]);
  if (request.picture) await page.screenshot({ path: request.picture });
  const picks = await page.evaluate(inPage.picks, [PICKS, SIZE.width, SIZE.height]);
  const graphics = await page.evaluate(() => window.counters.total.bytes);
  const memory = { heap: heap - heapBefore, graphics, growth: after - before };
  const loaded = [...scripts].filter((name) => name.includes("/assets/"));
  return { scripts: loaded, times, orbit, pictures, picks, memory, away, box };
}

const counters = path.join(__dirname, "counters.js");
withPage({ ...request, models: [request.model], size: SIZE, script: counters }, measure)
  .then((result) => console.log(JSON.stringify(result)))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
