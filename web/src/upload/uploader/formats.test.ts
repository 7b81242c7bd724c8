// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { otherFormat } from "./formats";
import { refusedByContent, refusedByName, SUFFIXES } from "./inspect";

function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

test.each([
  ["\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "format.rvt"],
  ["AC1032...", "format.dwg"],
  ["  0\r\nSECTION\r\n", "format.dxf"],
  ["glTF\x02", "format.glb"],
  ["%PDF-1.7", "format.pdf"],
  ["7z\xbc\xaf\x27\x1c", "format.archive"],
  ["SQLite format 3\0", "format.sqlite"],
  ["\x89PNG\r\n", "format.image"],
  ["solid house", "format.mesh"],
  ["version https://git-lfs.github.com/spec/v1", "format.lfs"],
  ["\xef\xbb\xbf<!DOCTYPE html><html>", "format.html"],
  ["\0".repeat(64), "format.zeros"],
  ['<?xml version="1.0"?><ifcXML>', "format.ifcxml"],
  ["<?xml version='1.0'?><gbXML>", "format.xml"],
  ['{"header": {"ifcxVersion": "ifcx_alpha"}}', "format.ifcx"],
  ['{"asset": {"version": "2.0"}}', "format.glb"],
  ['[{"globalId": "x"}]', "format.ifcjson"],
])("a file that begins with %j is named", (beginning, key) => {
  expect(otherFormat(bytes(beginning), "house.ifc")).toBe(key);
});

test.each([
  "ISO-10303-21;\nHEADER;\nENDSEC;\nEND-ISO-10303-21;",
  "\xef\xbb\xbf\n/* exported */ ISO-10303-21;\nEND-ISO-10303-21;\n\0\0\0",
  "PK\x03\x04",
  "\x1f\x8b\x08",
  "\xff\xfeI\0S\0O\0",
  `/* ${"long ".repeat(2000)} */ISO-10303-21;END-ISO-10303-21;`,
])("a file that the API may take is not refused: %j", async (content) => {
  expect(await refusedByContent(new Blob([bytes(content) as BlobPart]), "house.ifc")).toBeNull();
});

test("the endings of names are those of the contract", () => {
  const source = readFileSync("../contract/ifcjob/file_format/recognition.py", "utf-8");
  const [, names = ""] = /^NAMES = \((.*)\)$/m.exec(source) ?? [];
  expect(SUFFIXES).toEqual([...names.matchAll(/"([^"]+)"/g)].map(([, suffix]) => suffix));
  expect(refusedByName("HOUSE.IFC", 5, null)).toBeNull();
});
