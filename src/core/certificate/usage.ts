import type { Certificate } from "./certificate.ts";

/** What a verifier wants the leaf for: `serverAuth` when it is a client, `clientAuth` when it is a server. */
export type Usage = "serverAuth" | "clientAuth";

/** Whether every certificate of the chain, root included, allows the usage; one without the extension allows all. */
export const chainAllows = (chain: readonly Certificate[], usage: Usage): boolean =>
  chain.every(
    ({ extendedKeyUsage: allowed = [] }) => allowed.length === 0 || allowed.includes("any") || allowed.includes(usage),
  );
