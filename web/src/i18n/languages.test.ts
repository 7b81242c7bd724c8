import { expect, test } from "vitest";
import { texts as de } from "./de";
import { texts as en } from "./en";

function keys(texts: object, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? [prefix + key] : keys(value, `${prefix}${key}.`),
  );
}

function placeholders(texts: object, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string"
      ? [...value.matchAll(/\{\{.*?\}\}/g)].map((match) => `${prefix}${key} ${match[0]}`).sort()
      : placeholders(value, `${prefix}${key}.`),
  );
}

test("German has the texts of English, and no others", () => {
  expect(keys(de).sort()).toEqual(keys(en).sort());
});

test("German texts have the placeholders of English", () => {
  expect(placeholders(de).sort()).toEqual(placeholders(en).sort());
});
