import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test } from "vitest";
import { setLanguage, startTexts } from "../i18n";
import { StageName } from "./StageName";
import { Providers } from "./testing/Providers";

beforeAll(startTexts);
afterEach(async () => {
  cleanup();
  await setLanguage("en");
});

test("a stage has a name in the user's language, and its technical name as tooltip", async () => {
  await setLanguage("de");
  render(<StageName stage="spatial_tree" />, { wrapper: Providers });
  expect(screen.getByText("Räumliche Struktur").title).toBe("spatial_tree");
});

test("a stage without a name in this version is shown by its technical one", () => {
  render(<StageName stage="smooth" />, { wrapper: Providers });
  expect(screen.getByText("smooth")).toBeTruthy();
});
