import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { NOW } from "../../builders/time.ts";

// Writes table.json anew: `node test/oracle/handshake/make.ts`, with Go installed. Public certificates only: the keys come
// from the seed, so the same Go writes the same bytes.

const question = { seed: "keda-medic", now: NOW, dialName: "keda-operator.keda.svc.cluster.local" };

const run = spawnSync("go", ["run", "."], {
  cwd: import.meta.dirname,
  input: JSON.stringify(question),
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
if (run.status !== 0) throw new Error(`go run failed: ${run.stderr}`);

const answer = JSON.parse(run.stdout) as { go: string; certificates: object; blocks: { rows: object[] }[] };
const file = fileURLToPath(new URL("table.json", import.meta.url));
writeFileSync(file, JSON.stringify({ ...question, ...answer }));
spawnSync("npx", ["biome", "format", "--write", file], { stdio: "inherit" });
const rows = answer.blocks.reduce((sum, block) => sum + block.rows.length, 0);
process.stdout.write(`${rows} handshakes, ${Object.keys(answer.certificates).length} certificates, ${answer.go}\n`);
