import { DataTexture } from "three";
import { expect, test } from "vitest";
import { elementNode, squares } from "../testing/glb";
import { modelOf } from "../testing/model";
import { Materials, sharedUniforms } from "./materials";

test("shaders discard pixels only while there is a section", () => {
  const [batch] = modelOf(squares([elementNode("A", { mesh: 0 })])).batches;
  if (batch === undefined) throw new Error("nothing to draw");
  const materials = new Materials(sharedUniforms(), new DataTexture(), []);
  const made = [materials.of(batch, "solid"), materials.of(batch, "ghost")];
  const cuts = () => made.map(({ defines }) => "CUT" in defines);
  expect(cuts()).toEqual([false, false]);
  materials.cut(true);
  expect(cuts()).toEqual([true, true]);
  const versions = made.map(({ version }) => version);
  materials.cut(true);
  expect(made.map(({ version }) => version)).toEqual(versions);
  materials.cut(false);
  expect(cuts()).toEqual([false, false]);
});
