// Draw a GLB with three.js in Chromium, in daylight from the front right, and write the picture as PNG.
const fs = require("fs");
const path = require("path");
const { chromium } = require("playwright-core");

const [glb, picture, executablePath, packages] = process.argv.slice(2);
const TYPES = { ".js": "text/javascript", ".glb": "model/gltf-binary" };
const SIZE = { width: 1500, height: 950 };
const PAGE = `<!doctype html><style>
body { margin: 0; background: linear-gradient(#c9dcee, #eef4f9 60%) }
canvas { display: block }
</style><script type="importmap">
{"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}
</script><script type="module">
import * as THREE from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

window.draw = async ({ width, height }) => {
  const scene = new THREE.Scene().add((await new GLTFLoader().loadAsync("/model.glb")).scene);
  scene.traverse((node) => {
    if (!node.isMesh) return;
    node.geometry.computeVertexNormals(); // shadows need them; the material stays flat
    node.receiveShadow = true;
    node.castShadow = !node.material.transparent;
  });
  const sun = new THREE.DirectionalLight(0xfff4e0, 2.6);
  sun.position.set(10, 34, 38);
  sun.castShadow = true;
  sun.shadow.mapSize.set(4096, 4096);
  sun.shadow.bias = -0.0005;
  Object.assign(sun.shadow.camera, { left: -30, right: 30, top: 30, bottom: -30, far: 120 });
  scene.add(sun, new THREE.HemisphereLight(0xdfeaff, 0xb8b0a0, 1.3));
  const camera = new THREE.PerspectiveCamera(34, width / height, 0.1, 300);
  camera.position.set(21, 12.5, 15);
  camera.lookAt(6.6, 3.2, -3.2);
  const renderer = new THREE.WebGLRenderer({ antialias: true, alpha: true });
  renderer.setPixelRatio(1);
  renderer.setSize(width, height);
  renderer.shadowMap.enabled = true;
  renderer.shadowMap.type = THREE.PCFSoftShadowMap;
  document.body.append(renderer.domElement);
  renderer.render(scene, camera);
};
window.ready = true;
</script><body></body>`;

function answer(route) {
  const { pathname } = new URL(route.request().url());
  if (pathname === "/") return route.fulfill({ body: PAGE, contentType: "text/html" });
  const file = pathname === "/model.glb" ? glb : path.join(packages, "node_modules", pathname);
  if (!fs.existsSync(file)) return route.abort();
  return route.fulfill({ body: fs.readFileSync(file), contentType: TYPES[path.extname(file)] });
}

(async () => {
  const args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ viewport: SIZE });
    page.on("pageerror", (error) => console.error(String(error)));
    await page.route("**/*", answer);
    await page.goto("http://picture.invalid/");
    await page.waitForFunction(() => window.ready);
    await page.evaluate((size) => window.draw(size), SIZE);
    await page.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
})().catch((error) => { console.error(error); process.exit(1); });
