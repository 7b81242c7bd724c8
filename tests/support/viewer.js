// Show GLBs with three.js in Chromium; print the colours at the points of each model as JSON.
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const request = JSON.parse(process.argv[2]);
const TYPES = { ".js": "text/javascript", ".html": "text/html", ".glb": "model/gltf-binary" };
const PAGE = `<!doctype html><script type="importmap">
{"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}
</script><script type="module">
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";

const SIZE = 250; // pixels; the middle of a pixel is the middle of a quarter of the picture

function unlit(material) {
  const { map, color, opacity, transparent } = material;
  return new THREE.MeshBasicMaterial({ map, color, opacity, transparent, side: THREE.DoubleSide });
}

window.show = async ({ number, points }) => {
  const loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  const { scene } = await loader.loadAsync("/" + number + ".glb");
  scene.traverse((node) => { if (node.isMesh) node.material = unlit(node.material); });
  const box = new THREE.Box3().setFromObject(scene, true);
  const camera = new THREE.OrthographicCamera(box.min.x, box.max.x, box.max.y, box.min.y, 1, box.max.z - box.min.z + 2);
  camera.position.z = box.max.z + 1;
  const renderer = new THREE.WebGLRenderer({ preserveDrawingBuffer: true });
  renderer.toneMapping = THREE.NoToneMapping;
  renderer.setSize(SIZE, SIZE);
  document.body.replaceChildren(renderer.domElement);
  renderer.render(scene, camera);
  const gl = renderer.getContext();
  return points.map(([x, y]) => {
    const pixel = new Uint8Array(4);
    gl.readPixels(Math.floor(x * SIZE), Math.floor(y * SIZE), 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    return [...pixel.slice(0, 3)];
  });
};
window.ready = true;
</script><body></body>`;

function answer(route) {
  const { pathname } = new URL(route.request().url());
  if (pathname === "/") return route.fulfill({ body: PAGE, contentType: TYPES[".html"] });
  const model = /^\/(\d+)\.glb$/.exec(pathname);
  const file = model ? request.models[model[1]].glb : path.join(request.packages, "node_modules", pathname);
  if (!fs.existsSync(file)) return route.abort();
  return route.fulfill({ body: fs.readFileSync(file), contentType: TYPES[path.extname(file)] });
}

(async () => {
  const args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
  const browser = await chromium.launch({ executablePath: request.chromium, args });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => console.error(String(error)));
    await page.route("**/*", answer);
    await page.goto("http://viewer.invalid/");
    await page.waitForFunction(() => window.ready);
    const colours = [];
    for (const [number, { points }] of request.models.entries()) {
      colours.push(await page.evaluate((model) => window.show(model), { number, points }));
    }
    console.log(JSON.stringify(colours));
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exit(1); });
