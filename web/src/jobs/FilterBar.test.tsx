import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Providers } from "../components/testing/Providers";
import { startTexts } from "../i18n";
import { FilterBar } from "./FilterBar";
import { type JobFilter, NO_FILTER } from "./list/filter";

await vi.hoisted(() => import("../components/testing/fetch"));

beforeAll(startTexts);
afterEach(cleanup);

const PAUSE = 400;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE));
let filter: JobFilter = NO_FILTER;

function Bar() {
  const [current, setFilter] = useState(NO_FILTER);
  filter = current;
  return (
    <>
      <FilterBar namespace="bim" filter={current} onChange={setFilter} />
      <button type="button" onClick={() => setFilter(NO_FILTER)}>
        Clear
      </button>
    </>
  );
}

function show(): HTMLInputElement {
  render(<Bar />, { wrapper: Providers });
  return screen.getByRole<HTMLInputElement>("searchbox", { name: "Search jobs" });
}

test("a space at the end of the search field stays for the next word", async () => {
  const field = show();
  await userEvent.type(field, "door ");
  await pause();
  expect(filter.text).toBe("door");
  await userEvent.type(field, "frame");
  await pause();
  expect(filter.text).toBe("door frame");
  expect(field.value).toBe("door frame");
});

test("words that became filters leave the search field at a space", async () => {
  const field = show();
  await userEvent.type(field, "queue:night ");
  await pause();
  expect(filter.queue).toBe("night");
  expect(field.value).toBe("");
  await userEvent.type(field, "door owner:ann ");
  await pause();
  expect([filter.owner, filter.text, field.value]).toEqual(["ann", "door", "door "]);
});

test("Enter takes the words of the search field at once", async () => {
  const field = show();
  await userEvent.type(field, "phase:failed tower{Enter}");
  expect([filter.phases, filter.text, field.value]).toEqual([["Failed"], "tower", "tower"]);
});

test("the search field follows a filter that was cleared elsewhere", async () => {
  const field = show();
  await userEvent.type(field, "door");
  await pause();
  await userEvent.click(screen.getByRole("button", { name: "Clear" }));
  expect(field.value).toBe("");
});
