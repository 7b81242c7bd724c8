import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

interface Package {
  name: string;
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

const SEPARATOR = `\n\n${"=".repeat(80)}\n\n`;

/** Write the licences of all packages that may be in the bundle, those of its workers too, to a file beside it. */
export function licences(fileName: string): Plugin {
  let root = "";
  return {
    name: "licences",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle() {
      const found = new Map<string, string>();
      collect(root, found);
      const texts = [...found.keys()].sort().map((folder) => found.get(folder));
      this.emitFile({ type: "asset", fileName, source: `${texts.join(SEPARATOR)}\n` });
    },
  };
}

/** Add the packages that the one in this folder depends on. */
function collect(folder: string, found: Map<string, string>): void {
  for (const name of Object.keys(read(folder).dependencies ?? {})) {
    const place = locate(name, folder);
    if (found.has(place)) continue;
    found.set(place, describe(place));
    collect(place, found);
  }
}

function read(folder: string): Package {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf-8"));
}

/** Return the folder of a package as Node.js finds it from another one. */
function locate(name: string, from: string): string {
  const place = join(from, "node_modules", name);
  if (existsSync(join(place, "package.json"))) return place;
  if (dirname(from) === from) throw new Error(`the package ${name} is not installed`);
  return locate(name, dirname(from));
}

function describe(folder: string): string {
  const { name, version, license } = read(folder);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf-8").trim());
  return [`${name} ${version} (${license})`, ...texts].join("\n\n");
}
