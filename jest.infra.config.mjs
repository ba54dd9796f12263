import base from "./jest.config.mjs";

/** The chart with a real Helm, its manifests on a real kube-apiserver, the image's steps: programs are built first (needs Go). */
export default {
  ...base,
  testMatch: ["<rootDir>/test/infra/slow/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
};
