import { expect, test } from "vitest";
import { bytesOf, formatAge, formatBytes, formatDuration, formatTime } from "./format";
import { visible } from "./visible";

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [24_817, "24.2 KiB"],
  [1024 ** 2, "1 MiB"],
  [312.6 * 1024 ** 3, "313 GiB"],
])("%d bytes are written as %s", (bytes, text) => {
  expect(formatBytes(bytes, "en")).toBe(text);
});

test("German sizes have a decimal comma", () => {
  expect(formatBytes(24_817, "de")).toBe("24,2 KiB");
});

test.each([
  [-1, "0 s"],
  [0.0254, "0.03 s"],
  [3.42, "3.4 s"],
  [59.7, "1 min 00 s"],
  [125, "2 min 05 s"],
  [3780, "1 h 03 min"],
  [187_200, "2 d 4 h"],
])("%d seconds are written as %s", (seconds, text) => {
  expect(formatDuration(seconds, "en")).toBe(text);
});

test.each([
  ["8Gi", 8 * 1024 ** 3],
  ["1.5Gi", 1.5 * 1024 ** 3],
  ["500M", 5e8],
  ["1024", 1024],
  ["auto", null],
])("the quantity %s is %s bytes", (quantity, bytes) => {
  expect(bytesOf(quantity)).toBe(bytes);
});

test("ages are told in their greatest unit, and the future is now", () => {
  const now = Date.parse("2026-11-30T08:00:00Z");
  expect(formatAge("2026-11-30T06:30:00Z", now, "en")).toBe("1 hr ago");
  expect(formatAge("2026-11-30T08:00:09Z", now, "en")).toBe("now");
  expect(formatAge("2026-11-28T08:00:00Z", now, "de")).toBe("vorgestern");
});

test("English times have the day before the month", () => {
  expect(formatTime("2026-11-30T08:00:00Z", "en")).toMatch(/^30 Nov 2026/);
});

test("control and bidi characters of a file are made visible", () => {
  expect(visible("a\u0000b\u202Ec\u001Bd")).toBe("a␀b⟨U+202E⟩c␛d");
  expect(visible("Wände 墙")).toBe("Wände 墙");
});
