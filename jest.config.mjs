/** Node >= 22.18 strips the types itself, so jest needs no transform. */
export default {
  testEnvironment: "node",
  transform: {},
  extensionsToTreatAsEsm: [".ts"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testPathIgnorePatterns: [
    "/node_modules/",
    "<rootDir>/test/demo/",
    "<rootDir>/test/long/",
    "<rootDir>/test/infra/slow/",
    "<rootDir>/test/aws/runtime/",
  ],
  testTimeout: 20_000,
};
