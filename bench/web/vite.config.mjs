import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

export default {
  root: here,
  base: "./",
  build: { target: "es2023", outDir: process.env.IFCJOB_BENCH_PAGE, emptyOutDir: true },
  worker: { format: "es" },
};
