import * as jest from "expect";
import * as words from "./collector.mjs";

/** Stands in for `@jest/globals`. */
export const { expect } = jest;
export const { describe, it, test, beforeEach, afterEach } = words;
