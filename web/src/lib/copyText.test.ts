import { afterEach, expect, test, vi } from "vitest";
import { copyText } from "./copyText";

afterEach(() => vi.unstubAllGlobals());

function withoutClipboard(copy: () => boolean): void {
  vi.stubGlobal("navigator", {});
  document.execCommand = copy;
}

test("a page without TLS copies by a selection, and keeps the focus", async () => {
  let copied = "";
  withoutClipboard(() => {
    copied = (document.activeElement as HTMLTextAreaElement).value;
    return true;
  });
  const button = document.body.appendChild(document.createElement("button"));
  button.focus();
  expect(await copyText("GlobalId")).toBe(true);
  expect(copied).toBe("GlobalId");
  expect(document.activeElement).toBe(button);
  expect(document.querySelector("textarea")).toBeNull();
});

test("a browser that refuses is told", async () => {
  withoutClipboard(() => false);
  expect(await copyText("x")).toBe(false);
});
