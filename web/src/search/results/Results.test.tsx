import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Providers } from "../../components/testing/Providers";
import { loadTexts, startTexts } from "../../i18n";
import { readQuery } from "../query";
import type { useFacets } from "../useSearch";
import { Results } from "./Results";

const { answer, urlOf } = await vi.hoisted(() => import("../../components/testing/fetch"));

beforeAll(async () => {
  await startTexts();
  await loadTexts(["search"]);
});
afterEach(cleanup);

function page(name: string, nextCursor?: string): Response {
  const element = { model: "m", job: "tower", namespace: "bim", stepId: name.length, globalId: name, name };
  return Response.json({ items: [element], skipped: [], nextCursor });
}

test("a next page that fails leaves the results on the page, and is requested again by the user", async () => {
  let cursors = 0;
  answer.mockImplementation(async (request) => {
    const { pathname, searchParams } = urlOf(request);
    if (!pathname.endsWith("/search")) return new Response(null, { status: 403 });
    if (!searchParams.has("cursor")) return page("Door", "2");
    cursors += 1;
    return cursors > 1 ? page("Window") : Response.json({ code: "X", title: "Broken" }, { status: 400 });
  });
  const query = readQuery(new URLSearchParams("q=a"));
  const counts = {} as ReturnType<typeof useFacets>;
  render(<Results query={query} counts={counts} />, { wrapper: Providers });
  await screen.findByText("Broken");
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(cursors).toBe(1);
  expect(screen.getByText("Door")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Window")).toBeTruthy();
  expect(screen.queryByText("Broken")).toBeNull();
});
