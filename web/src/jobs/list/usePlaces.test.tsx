import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { liveStore } from "../../api/live/useLive";
import { Providers } from "../../components/testing/Providers";
import { usePlaces } from "./usePlaces";

vi.hoisted(() => vi.stubGlobal("fetch", () => new Promise(() => undefined)));

type Page = Parameters<typeof usePlaces>[2] & object;

function page(positions: Record<string, number>): Page {
  return { positions } as Page;
}

test("places after the first page are read again, a page at a time", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const read: (string | null)[] = [];
  const list = {
    pageParams: [null, "2", "3", "4"],
    pages: [page({ a: 1 }), page({ "job 2": 201 }), page({}), page({ "job 4": 601 })],
  };
  const newest = page({ a: 2 });
  const { result } = renderHook(
    () =>
      usePlaces(["bim"], list, newest, async (cursor) => {
        read.push(cursor);
        return page({ [`job ${cursor}`]: 100 * read.length });
      }),
    { wrapper: Providers },
  );
  act(() => liveStore.setConnection("live"));
  expect(result.current).toEqual({ a: 2, "job 2": 201, "job 4": 601 });
  await act(() => vi.advanceTimersByTimeAsync(9_000));
  expect(read).toEqual(["2", "4"]);
  expect(result.current).toEqual({ a: 2, "job 2": 100, "job 4": 200 });
  // From here on the list itself is read again.
  act(() => liveStore.setConnection("reconnecting"));
  expect(result.current).toEqual({ a: 2, "job 2": 201, "job 4": 601 });
  vi.useRealTimers();
});
