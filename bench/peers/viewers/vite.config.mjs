/** Build one of the pages: its folder and the target are in the environment. */
export default {
  root: process.env.IFCJOB_BENCH_SOURCE,
  base: "./",
  build: { target: "es2023", outDir: process.env.IFCJOB_BENCH_PAGE, emptyOutDir: true, assetsInlineLimit: 0 },
  worker: { format: "es" },
};
