// Measure the viewer with one model: node measure.cjs '{"page": …, "chromium": …, "model": …}' prints JSON.
const fs = require("fs");
const { memoryOf, withPage } = require("./drive.cjs");

const request = JSON.parse(process.argv[2]);
const ORBIT_SECONDS = 4;
const PICKS = 60;

async function collectGarbage(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("HeapProfiler.collectGarbage");
}

/** Turn the model with the mouse; returns frames per second and the median time between frames. */
async function orbit(page, { width, height }) {
  await page.evaluate(() => {
    window.frameTimes = [];
    window.stopFrames = window.onFrame(() => window.frameTimes.push(performance.now()));
  });
  await page.mouse.move(width / 2, height / 2);
  await page.mouse.down();
  const started = Date.now();
  for (let step = 0; Date.now() - started < ORBIT_SECONDS * 1000; step++) {
    await page.mouse.move(width / 2 + 200 * Math.sin(step / 12), height / 2 + 60 * Math.cos(step / 17));
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  const times = await page.evaluate(() => {
    window.stopFrames();
    return window.frameTimes;
  });
  await page.mouse.up();
  const gaps = times.slice(1).map((time, index) => time - times[index]);
  return { framesPerSecond: (1000 * gaps.length) / (times.at(-1) - times[0]), medianGap: median(gaps) };
}

/** Pick points of a grid over the picture until enough of them hit an element; returns the milliseconds of these. */
async function pick(page, { width, height }) {
  return page.evaluate(
    ([count, width, height]) => {
      const times = [];
      const columns = 97;
      for (let index = 0; index < columns * 61 && times.length < count; index++) {
        const cell = (index * 1009) % (columns * 61);
        const x = ((cell % columns) + 0.5) * (width / columns);
        const y = (Math.floor(cell / columns) + 0.5) * (height / 61);
        const started = performance.now();
        if (window.pick(x, y)) times.push(performance.now() - started);
      }
      return times;
    },
    [PICKS, width, height],
  );
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

const size = { width: 1280, height: 800 };
withPage({ ...request, models: [request.model], size }, async (page, browser) => {
  const cdp = await browser.newBrowserCDPSession();
  await collectGarbage(page);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const before = await memoryOf(cdp);
  let peak = before;
  const watch = setInterval(async () => { peak = Math.max(peak, await memoryOf(cdp).catch(() => 0)); }, 100);
  const loaded = await page.evaluate(() => window.load("/models/0"));
  clearInterval(watch);
  await collectGarbage(page);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const after = await memoryOf(cdp);
  const arrays = await page.evaluate(() => window.bytes?.() ?? null);
  const times = await pick(page, size);
  const moving = await orbit(page, size);
  if (request.picture) await page.screenshot({ path: request.picture });
  const bytes = fs.statSync(request.model).size;
  const memory = { bytes, growth: after - before, peak: peak - before, arrays };
  console.log(JSON.stringify({ ...loaded, memory, moving, pick: { median: median(times), worst: Math.max(...times), hits: times.length } }));
}).catch((error) => {
  console.error(error);
  process.exit(1);
});
