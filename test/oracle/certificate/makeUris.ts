import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { implicit, sequence } from "../../../src/sandbox/pki/der.ts";
import { goOracle } from "../../fuzz/go.ts";
import { DIALLED, extension, leafWith } from "../../fuzz/hell.ts";
import { uris } from "./uris.ts";

// Writes uris.json anew: `node test/oracle/certificate/makeUris.ts`, with Go installed: what crypto/x509 says when a
// certificate has that URI for a name; "" when it parses.

const ask = goOracle();
if (ask === undefined) throw new Error("no Go that builds the oracle");

const leafOf = (uri: string): string => {
  const names = sequence(implicit(2, Buffer.from(DIALLED)), implicit(6, Buffer.from(uri, "utf8")));
  return leafWith({ dnsNames: [], extensions: [extension("2.5.29.17", names)] });
};
const leaves = uris.map(leafOf);
const verdicts = ask(
  leaves.map((leaf) => ({ leaf, pool: [], intermediates: [], dnsName: DIALLED, usage: "serverAuth" as const })),
);
const table = Object.fromEntries(uris.map((uri, i) => [uri, verdicts[i]?.parsed ? "" : (verdicts[i]?.text ?? "")]));
const file = fileURLToPath(new URL("uris.json", import.meta.url));
writeFileSync(file, `${JSON.stringify(table, undefined, 2)}\n`);
process.stdout.write(
  `${uris.length} URIs, ${Object.values(table).filter((text) => text === "").length} of them good\n`,
);
