import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test } from "vitest";
import { Providers } from "../../components/testing/Providers";
import { ModelTitle } from "./ModelTitle";

afterEach(cleanup);

const LONG = "2026-11-30 Hauptgebäude Architektur.ifc";

test("a name that may be cut is shown whole when the keyboard comes to it", async () => {
  render(<ModelTitle names={[LONG, "b.ifc"]} />, { wrapper: Providers });
  await userEvent.tab();
  expect((await screen.findByRole("tooltip")).textContent).toBe(LONG);
});

test("a short name is no stop for the keyboard", async () => {
  render(<ModelTitle names={["b.ifc"]} />, { wrapper: Providers });
  await userEvent.tab();
  expect(document.activeElement).toBe(document.body);
});
