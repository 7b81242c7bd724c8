import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { Providers } from "../../components/testing/Providers";
import { startTexts } from "../../i18n";
import { ActionDialog } from "./ActionDialog";
import type { Target } from "./actions";

const { answer } = await vi.hoisted(() => import("../../components/testing/fetch"));

beforeAll(startTexts);
afterEach(cleanup);

function targets(...phases: Target["phase"][]): Target[] {
  return phases.map((phase, number) => ({ namespace: "bim", name: `job-${number}`, uid: String(number), phase }));
}

test("jobs that change while the dialog is open stay the targets of its action", async () => {
  answer.mockImplementation(async () => new Response("{}", { status: 202 }));
  const onDone = vi.fn();
  const dialog = (jobs: Target[]) => (
    <ActionDialog action="cancel" jobs={jobs} onClose={() => undefined} onDone={onDone} />
  );
  const { rerender } = render(dialog(targets("Running", "Running", "Queued", "Failed")), { wrapper: Providers });
  const title = (await screen.findByRole("dialog")).querySelector("h2")?.textContent;
  expect(title).toContain("3");
  rerender(dialog(targets("Running", "Cancelled")));
  expect(screen.getByRole("dialog").querySelector("h2")?.textContent).toBe(title);
  expect(screen.getByText("job-2")).toBeTruthy();
  await userEvent.click(screen.getAllByRole("button", { name: "Cancel" }).at(-1) as HTMLElement);
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledWith(null));
  expect(answer).toHaveBeenCalledTimes(3);
});
