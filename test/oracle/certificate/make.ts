import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DIALLED, NOW, type OracleCase } from "./case.ts";
import * as odd from "./odd.ts";
import { retypings, rotations } from "./rotations.ts";

// Writes table.json anew: `node test/oracle/certificate/make.ts`, with Go installed. Public certificates only.

const cases: OracleCase[] = [
  ...(["RSA", "ECDSA", "Ed25519"] as const).flatMap(rotations),
  ...retypings(),
  ...Object.values(odd).flatMap((group) => group()),
];

const certificates: Record<string, string> = {};

function idOf(certificate: string): string {
  const id = createHash("sha256").update(certificate).digest("hex").slice(0, 12);
  certificates[id] = certificate;
  return id;
}

const questions = cases.map((one) => ({
  name: one.name,
  leaf: idOf(one.leaf),
  pool: one.pool.map(idOf),
  intermediates: (one.intermediates ?? []).map(idOf),
  now: one.now ?? NOW,
  dnsName: one.dnsName ?? DIALLED,
  usage: one.usage ?? "serverAuth",
}));

const run = spawnSync("go", ["run", "."], {
  cwd: import.meta.dirname,
  input: JSON.stringify({ certificates, cases: questions }),
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
if (run.status !== 0) throw new Error(`go run failed: ${run.stderr}`);

const answers = JSON.parse(run.stdout) as { go: string; verdicts: object[] };
const table = {
  go: answers.go,
  certificates,
  cases: questions.map((question, i) => ({ ...question, ...answers.verdicts[i] })),
};
const file = fileURLToPath(new URL("table.json", import.meta.url));
writeFileSync(file, JSON.stringify(table));
spawnSync("npx", ["biome", "format", "--write", file], { stdio: "inherit" });
process.stdout.write(`${table.cases.length} cases, ${Object.keys(certificates).length} certificates, ${table.go}\n`);
