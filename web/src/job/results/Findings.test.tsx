import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { needSignIn } from "../../api/signIn";
import { Providers } from "../../components/testing/Providers";
import { loadTexts, startTexts } from "../../i18n";
import type { JobView } from "../data/jobView";
import { Findings } from "./Findings";

vi.mock("../../api/signIn");
const { answer, urlOf } = await vi.hoisted(() => import("../../components/testing/fetch"));

beforeAll(async () => {
  await startTexts();
  await loadTexts(["job"]);
});
beforeEach(() => vi.clearAllMocks());
afterEach(cleanup);

const JOB = { namespace: "bim", name: "tower", uid: "1", hasResult: true, sha256: null } as JobView;

/** Answer requests for the list of artifacts and for manifest.json. */
function serve(list: () => Response, manifest: () => Response) {
  answer.mockImplementation(async (request) => {
    return urlOf(request).pathname.includes("manifest.json") ? manifest() : list();
  });
  render(<Findings job={JOB} />, { wrapper: Providers });
}

const problem = (status: number, title: string) => Response.json({ code: "X", title }, { status });

test("findings need only manifest.json, not the list of artifacts", async () => {
  const finding = { code: "C", severity: "warning", message: "Open polyline", count: 1 };
  serve(
    () => Response.json({ items: [] }),
    () => Response.json({ coverage: null, findings: [finding] }),
  );
  expect(await screen.findByText("Open polyline")).toBeTruthy();
});

test("a manifest that cannot be read is an error on the page", async () => {
  serve(
    () => problem(404, "No list"),
    () => problem(404, "No manifest"),
  );
  expect(await screen.findByText("No manifest")).toBeTruthy();
});

test("a manifest that needs a token asks the user to sign in", async () => {
  serve(
    () => problem(404, "No list"),
    () => problem(401, "Unauthorized"),
  );
  expect(await screen.findByText("Unauthorized")).toBeTruthy();
  expect(needSignIn).toHaveBeenCalled();
});

test("a lost connection is told by name", async () => {
  answer.mockRejectedValue(new TypeError("Failed to fetch"));
  render(<Findings job={JOB} />, { wrapper: Providers });
  expect(await screen.findByText("The server does not answer")).toBeTruthy();
});
