/** `npm run mutation`: changes src/core in every way Stryker knows and asks whether a test turns red. Not a part of CI. */
export default {
  plugins: ["./test/mutation/runner.mjs"],
  testRunner: "quick",
  testRunnerNodeArgs: ["--no-warnings"],
  // Stryker 10 asks TypeScript 7 for an interface it no longer has as soon as it finds a tsconfig.
  tsconfigFile: "none.json",
  coverageAnalysis: "perTest",
  mutate: ["src/core/**/*.ts"],
  ignorePatterns: ["dist", "reports", "infra", "tools", "/.cache"],
  ignoreStatic: true,
  tempDirName: "reports/mutation/sandbox",
  reporters: ["clear-text", "progress-append-only", "json"],
  jsonReporter: { fileName: "reports/mutation/mutation.json" },
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false, reportMutants: false },
  concurrency: 2,
  timeoutMS: 20_000,
  thresholds: { high: 95, low: 90, break: 90 },
};
