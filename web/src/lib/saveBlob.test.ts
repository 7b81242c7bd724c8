import { afterEach, expect, test, vi } from "vitest";
import { saveBlob } from "./saveBlob";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("a saved blob is a link in the page, and stays readable for a minute", () => {
  vi.useFakeTimers();
  vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:one");
  const revoke = vi.spyOn(URL, "revokeObjectURL");
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLElement) {
    expect(this.isConnected).toBe(true);
    expect(this).toMatchObject({ href: "blob:one", download: "a.csv" });
  });
  saveBlob(new Blob(["a"]), "a.csv");
  expect(click).toHaveBeenCalledOnce();
  expect(document.querySelector("a")).toBeNull();
  vi.advanceTimersByTime(59_000);
  expect(revoke).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  expect(revoke).toHaveBeenCalledExactlyOnceWith("blob:one");
});
