import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NOW } from "./hell.ts";

/** What crypto/x509 says about a certificate when a pool of itself and another is asked. */
export interface GoVerdict {
  readonly parsed: boolean;
  readonly ok: boolean;
  readonly text: string;
}

export interface Question {
  readonly leaf: string;
  readonly pool: readonly string[];
  readonly intermediates: readonly string[];
  readonly dnsName: string;
  readonly usage: "serverAuth" | "clientAuth";
}

/** Builds the certificate oracle once; undefined without Go. */
export function goOracle(): ((questions: readonly Question[]) => readonly GoVerdict[]) | undefined {
  const folder = mkdtempSync(join(tmpdir(), "keda-medic-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, "oracle");
  const cwd = fileURLToPath(new URL("../oracle/certificate", import.meta.url));
  if (spawnSync("go", ["build", "-o", program, "."], { cwd }).status !== 0) return undefined;
  return (questions) => {
    const run = spawnSync(program, { input: JSON.stringify(asked(questions)), encoding: "utf8", maxBuffer: 2 ** 30 });
    if (run.status !== 0) throw new Error(`the Go oracle failed: ${run.stderr}`);
    return (JSON.parse(run.stdout) as { verdicts: GoVerdict[] }).verdicts;
  };
}

function asked(questions: readonly Question[]): object {
  const certificates: Record<string, string> = {};
  const file = (pem: string): string => {
    const id = String(Object.keys(certificates).length);
    certificates[id] = pem;
    return id;
  };
  const cases = questions.map(({ leaf, pool, intermediates, dnsName, usage }, i) => ({
    name: String(i),
    leaf: file(leaf),
    pool: pool.map(file),
    intermediates: intermediates.map(file),
    now: NOW,
    dnsName,
    usage,
  }));
  return { certificates, cases };
}
