import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { compressed } from "./build/compressed.ts";
import { licences } from "./build/licences.ts";

/** Where `make web-dev` finds the API: the address of `ifcjob serve`. */
const API = process.env.IFCJOB_SERVER ?? "http://127.0.0.1:8080";

/** The licences of the packages in the bundle, in a file beside it. */
const LICENSES = "third-party-licenses.txt";

/** One chunk of what most pages use: it compresses better than dozens of small ones, and needs one request. */
const SHARED = { name: "shared", test: /node_modules|src.(components|lib|api)/, minShareCount: 4 };

export default defineConfig({
  plugins: [react(), compressed(), licences(LICENSES)],
  build: {
    target: "es2023",
    sourcemap: false,
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups: [SHARED] } } },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": { target: API } } },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
