import * as jest from "expect";

/** Stands in for `@jest/globals`. */
export const { expect } = jest;
export const { describe, it, test, beforeEach, afterEach } = globalThis.__keda_medic_words;
