import base from "./jest.config.mjs";

/** Plays in real time, the demo among them: minutes, so they are no part of `npm test`. */
export default {
  ...base,
  testMatch: ["<rootDir>/test/{demo,long}/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 240_000,
};
