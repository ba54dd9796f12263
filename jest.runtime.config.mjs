import base from "./jest.config.mjs";

/** The Lambda bundles under AWS's own runtime client, which is installed and built on demand (needs cmake, g++, python3). */
export default {
  ...base,
  testMatch: ["<rootDir>/test/aws/runtime/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 120_000,
};
