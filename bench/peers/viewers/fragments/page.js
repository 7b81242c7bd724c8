/** The page that the benchmark drives: fragments, drawn by three.js as in its documentation. */
import { FragmentsModels } from "@thatopen/fragments";
import { AmbientLight, DirectionalLight, PerspectiveCamera, Scene, Vector2, WebGLRenderer } from "three";
import worker from "../node_modules/@thatopen/fragments/dist/Worker/worker.min.mjs?url";

const canvas = document.getElementById("view");
const renderer = new WebGLRenderer({ canvas, alpha: true, antialias: false });
renderer.setSize(innerWidth, innerHeight);
const camera = new PerspectiveCamera(45, innerWidth / innerHeight, 1, 5000);
const light = new DirectionalLight(0xffffff, 1.5);
light.position.set(5, 10, 3);
const scene = new Scene().add(new AmbientLight(0xffffff, 1), light);
const models = new FragmentsModels(worker);
let model;
let changed = false;
let moved = false;

/** Load a model; its tiles come while the camera looks at it. */
async function load(url) {
  const buffer = await (await fetch(url)).arrayBuffer();
  model = await models.load(buffer, { modelId: "model", camera });
  scene.add(model.object);
  for (const event of ["onItemSet", "onItemUpdated", "onItemDeleted"]) model.tiles[event].add(() => (changed = true));
  model.onViewUpdated.add(() => (changed = true));
  const centre = model.box.getCenter(camera.position.clone());
  const far = model.box.getSize(centre.clone()).length();
  look([centre.x + far * 0.6, centre.y + far * 0.4, centre.z + far * 0.6], centre.toArray());
  await models.update(true);
}

/** Look from a point to another, in metres with Y up. */
function look(eye, target) {
  camera.position.set(...eye);
  camera.lookAt(...target);
  camera.updateMatrixWorld();
  changed = true;
  moved = true;
}

function tick() {
  requestAnimationFrame(tick);
  if (moved) models.update();
  if (changed) picture();
  moved = changed = false;
}
tick();

/** Draw the tiles of the present view. */
function picture() {
  renderer.render(scene, camera);
}

/** Wait for the tiles of the present view. */
async function arrive() {
  await models.update(true);
}

/** Wait for the complete picture. */
async function settle() {
  await arrive();
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}

const box = () => [model.box.min.toArray(), model.box.max.toArray()];
const pick = async (x, y) => (await model.raycast({ camera, mouse: new Vector2(x, y), dom: canvas })) !== null;
Object.assign(window, { load, look, picture, arrive, settle, box, pick, models });
