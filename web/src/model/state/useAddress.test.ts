import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { federationOf, house } from "../testing/models";
import type { Page } from "./page";
import { SceneStore } from "./SceneStore";
import { useAddress } from "./useAddress";

const PAGE: Page = { federation: federationOf(house()), scene: null, setScene: () => undefined };

beforeEach(() => {
  vi.useFakeTimers();
  window.history.replaceState(null, "", "/models/a");
});
afterEach(() => vi.useRealTimers());

function selectOn(store: SceneStore): void {
  renderHook(() => useAddress(PAGE, store));
  store.dispatch({ do: "select", elements: [3] });
}

test("the address follows the state", () => {
  selectOn(new SceneStore());
  vi.runAllTimers();
  expect(window.location.search).toBe("?element=id-3");
});

test.each(["/jobs", "/models/b", "/models/a?with=b"])(
  "a pending change is not written to the next address: %s",
  (next) => {
    selectOn(new SceneStore());
    window.history.pushState(null, "", next);
    vi.runAllTimers();
    expect(window.location.pathname + window.location.search).toBe(next);
  },
);
