import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { needSignIn, signIn, untilSignedIn } from "../api/signIn";
import { authorization } from "../api/token";
import { startTexts } from "../i18n";
import { SignInDialog } from "./SignInDialog";
import { expiryOf } from "./token";

beforeAll(startTexts);
beforeEach(() => sessionStorage.clear());
afterEach(() => {
  act(() => signIn(null));
  cleanup();
  vi.restoreAllMocks();
});

function show() {
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient()}>
        <SignInDialog />
      </QueryClientProvider>
    </MantineProvider>,
  );
  act(needSignIn);
}

async function enter(token: string) {
  await userEvent.click(await screen.findByLabelText(/^Token/));
  await userEvent.paste(token);
}

function answers(status: number, body: object) {
  return vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response(JSON.stringify(body), { status }));
}

function tokenUntil(expiry: Date): string {
  return `e30.${btoa(JSON.stringify({ exp: expiry.getTime() / 1000 }))}.x`;
}

test("a token that the API accepts is kept in the session, and requests continue", async () => {
  const fetch = answers(200, { name: "ann" });
  show();
  const waiting = untilSignedIn(new AbortController().signal);
  await enter(" secret ");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waiting;
  expect(fetch.mock.calls[0]?.[1]?.headers).toEqual({ Authorization: "Bearer secret" });
  expect(authorization()).toEqual({ Authorization: "Bearer secret" });
  expect(localStorage.length === 0 || !JSON.stringify(localStorage).includes("secret")).toBe(true);
});

test("a token that the API refuses is not kept, and the reason is shown", async () => {
  answers(401, { code: "Unauthenticated", title: "Unauthorized", detail: "The token has expired." });
  show();
  await enter("old");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await waitFor(() => expect(screen.getByText("The token has expired.")).toBeTruthy());
  expect(authorization()).toEqual({});
});

test("the expiry of a token is told before it is sent", async () => {
  show();
  await enter(tokenUntil(new Date("2020-01-01T00:00:00Z")));
  expect(screen.getByText(/This token expired on 1 Jan 2020/)).toBeTruthy();
});

test.each(["", "opaque", "a.b.c", "e30.e30.x"])("a token without an expiry is taken as it is: %j", (token) => {
  expect(expiryOf(token)).toBeNull();
});
