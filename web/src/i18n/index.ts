import i18next, { type ResourceLanguage } from "i18next";
import { initReactI18next } from "react-i18next";

/** The languages; a name is written in its own language. */
export const LANGUAGES = [
  { code: "en", name: "English" },
  { code: "de", name: "Deutsch" },
] as const;

type Code = (typeof LANGUAGES)[number]["code"];

/** Texts that only one page needs, and that are loaded with it. */
export type PageArea = "job" | "model" | "queues" | "search" | "upload" | "viewer";

const KEY = "ifcjob.language";
const FRAME: Record<Code, () => Promise<{ texts: ResourceLanguage }>> = {
  en: () => import("./en/frame"),
  de: () => import("./de/frame"),
};
const PAGES = import.meta.glob<ResourceLanguage>("./*/{job,model,queues,search,upload,viewer}.json", {
  import: "default",
});
const areasInUse = new Set<PageArea>();
let language: Code = "en";

/** Load the texts of the user's language: the chosen one, else the browser's, else English. */
export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    fallbackLng: false,
    defaultNS: "app",
    interpolation: { escapeValue: false },
    returnNull: false,
    keySeparator: ".",
    nsSeparator: false,
    resources: {},
  });
  const wanted = [localStorage.getItem(KEY), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  await load(wanted.find((code): code is Code => code !== null && code in FRAME) ?? "en");
}

/** Load the texts of a page. */
export async function loadTexts(areas: readonly PageArea[]): Promise<void> {
  for (const area of areas) areasInUse.add(area);
  const code = language;
  await Promise.all(areas.map((area) => loadArea(code, area)));
  // The user may have changed the language meanwhile.
  if (code !== language) await loadTexts(areas);
}

/** Change the language, and remember it. */
export async function setLanguage(code: Code): Promise<void> {
  localStorage.setItem(KEY, code);
  await load(code);
}

async function load(code: Code): Promise<void> {
  language = code;
  const [{ texts }] = await Promise.all([FRAME[code](), ...[...areasInUse].map((area) => loadArea(code, area))]);
  add(code, texts);
  await i18next.changeLanguage(code);
  document.documentElement.lang = code;
}

async function loadArea(code: Code, area: PageArea): Promise<void> {
  const texts = await PAGES[`./${code}/${area}.json`]?.();
  if (texts !== undefined) add(code, { [area]: texts });
}

function add(code: Code, texts: ResourceLanguage): void {
  i18next.addResourceBundle(code, "app", texts, true);
}
