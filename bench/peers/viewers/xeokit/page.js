/** The page that the benchmark drives: xeokit, from XKT. */
import { FastNavPlugin, Viewer, XKTLoaderPlugin } from "@xeokit/xeokit-sdk";

const viewer = new Viewer({ canvasId: "view", transparent: true, antialias: false });
const { scene, camera } = viewer;
camera.perspective.fov = 45;
camera.perspective.fovAxis = "y";
// While the camera moves, fewer pixels, as its documentation recommends for large models.
new FastNavPlugin(viewer, { scaleCanvasResolution: true });
const loader = new XKTLoaderPlugin(viewer);
let model;

/** Load a model and look at it. */
async function load(url) {
  // No other viewer of the benchmark draws edges.
  model = loader.load({ id: "model", src: url, edges: false });
  await new Promise((resolve, reject) => {
    model.on("loaded", resolve);
    model.on("error", reject);
  });
  viewer.cameraFlight.jumpTo(model);
}

/** Look from a point to another, in metres with Y up. */
function look(eye, target) {
  camera.eye = eye;
  camera.look = target;
  camera.up = [0, 1, 0];
}

/** Draw the complete picture at once. */
function picture() {
  scene.render(true);
}

/** The tiles are in memory: there is nothing to wait for. */
async function arrive() {}

/** The picture is complete two frames after the last change. */
async function settle() {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

const box = () => [model.aabb.slice(0, 3), model.aabb.slice(3)];
const pick = async (x, y) => scene.pick({ canvasPos: [x, y], pickSurface: true }) !== null;
Object.assign(window, { load, look, picture, arrive, settle, box, pick, viewer });
