// Open a page with a viewer in Chromium, and run steps there.
const fs = require("fs");
const path = require("path");
const http = require("http");
const { chromium } = require("playwright-core");

const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".html": "text/html", ".css": "text/css" };

/** With these the page may measure its memory, workers included. */
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Serve the page, the models by their number, and the folder of npm packages. */
function serve(page, models, packages) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://page");
    const number = /^\/models\/(\d+)$/.exec(pathname);
    const inPackages = pathname.startsWith("/packages/");
    const inFolder = inPackages ? path.join(packages ?? page, pathname.slice(10)) : path.join(page, pathname);
    const file = number ? models[number[1]] : inFolder;
    if (!file || !fs.existsSync(file)) return response.writeHead(404).end();
    const type = TYPES[path.extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "Content-Type": type, "Content-Length": fs.statSync(file).size, ...ISOLATION });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Run `steps` with a page that shows a viewer; `script` runs before the page's own code. */
async function withPage({ page: file, chromium: executablePath, models, packages, size, script }, steps) {
  const server = await serve(path.dirname(file), models, packages);
  const graphics = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
  const memory = ["--enable-precise-memory-info", "--enable-blink-features=ForceEagerMeasureMemory"];
  const args = ["--no-sandbox", ...graphics, ...memory];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ viewport: size ?? { width: 1280, height: 800 } });
    page.on("pageerror", (error) => console.error(String(error)));
    page.on("console", (message) => message.type() === "error" && console.error(message.text()));
    if (script) await page.addInitScript({ path: script });
    await page.goto(`http://127.0.0.1:${server.address().port}/${path.basename(file)}`);
    await page.waitForFunction(() => window.load);
    return await steps(page, browser);
  } finally {
    await browser.close();
    server.close();
  }
}

/** Bytes of memory of all processes of the browser; pages that several share count in equal shares. */
async function memoryOf(cdp) {
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  let bytes = 0;
  for (const { id } of processInfo) {
    const match = /^Pss:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${id}/smaps_rollup`, "utf8"));
    bytes += Number(match?.[1] ?? 0) * 1024;
  }
  return bytes;
}

module.exports = { memoryOf, withPage };
