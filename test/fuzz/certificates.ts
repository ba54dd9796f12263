import { parseArgs } from "node:util";
import { type Certificate, readCertificates } from "../../src/core/certificate/certificate.ts";
import { verifyCertificate } from "../../src/core/certificate/verify.ts";
import { pem } from "../../src/sandbox/pki/mint.ts";
import { corpus, pool, relativesOf } from "./corpus.ts";
import { type GoVerdict, goOracle } from "./go.ts";
import { DIALLED, NOW } from "./hell.ts";
import { mutated, wrapped } from "./mutate.ts";
import { type Random, randomOf } from "./random.ts";

// Changes certificates at random and looks for a crash, a hang, and, where Go is installed, a verdict that is not Go's.
//   node test/fuzz/certificates.ts --minutes 10
//   node test/fuzz/certificates.ts --replay SEED

/** Far more than any input of these sizes takes, even on a busy machine. */
const TOO_LONG = 2000;
const BATCH = 400;

interface Case {
  readonly seed: string;
  readonly certificate: string;
  readonly text: string;
  /** Another one, whole. */
  readonly issuer: Certificate;
  /** The changed one is what is trusted, the whole one what is shown. */
  readonly trusted: boolean;
  /** What the peer sends beside its leaf. */
  readonly sent: readonly Certificate[];
  readonly dnsName: string;
  readonly usage: "serverAuth" | "clientAuth";
}

const NAMES = [
  DIALLED,
  DIALLED,
  DIALLED,
  "",
  "keda-operator.keda.svc",
  "other.keda.svc",
  "10.0.0.1",
  "::1",
  "a..b",
  "*",
];

function caseOf(seed: string): Case {
  const random: Random = randomOf(seed);
  const original = random.pick(corpus);
  const certificate = pem("CERTIFICATE", mutated(original, random, random.pick(corpus)));
  const family = [pool, relativesOf(original)].filter((some) => some.length > 0);
  const text = wrapped(certificate, random);
  const issuer = random.pick(random.pick(family));
  const sent = Array.from({ length: random.below(3) }, () => random.pick(random.pick(family)));
  const usage = random.below(3) === 0 ? "clientAuth" : "serverAuth";
  return { seed, certificate, text, issuer, sent, dnsName: random.pick(NAMES), usage, trusted: random.below(3) === 0 };
}

interface Answer {
  readonly parsed: boolean;
  readonly ok: boolean;
  readonly text: string;
}

type Asked = Pick<Case, "sent" | "dnsName" | "usage">;

function verdictOn(leaf: Certificate, trusted: readonly Certificate[], { sent, dnsName, usage }: Asked): Answer {
  const verified = verifyCertificate(leaf, trusted, { now: NOW, dnsName, usage, intermediates: sent });
  return verified.ok ? { parsed: true, ok: true, text: "" } : { parsed: true, ok: false, text: verified.text };
}

function ours(one: Case): Answer {
  const { certificate, issuer } = one;
  const read = readCertificates(certificate);
  const leaf = read.ok ? read.certificates[0] : undefined;
  if (leaf === undefined) return { parsed: false, ok: false, text: read.ok ? "" : read.problem };
  // Shown to everybody for a crash or a hang; what counts is the pool that Go is asked about, too.
  verdictOn(leaf, pool, one);
  verifyCertificate(issuer, [leaf], { now: NOW, usage: "clientAuth", intermediates: [leaf] });
  return one.trusted ? verdictOn(issuer, [leaf], one) : verdictOn(leaf, [issuer], one);
}

const explains = (answer: Answer): boolean => answer.ok || /^(?:x509: .*|.*\.)$/s.test(answer.text);

/** What is wrong with how a case is dealt with; undefined when nothing is. */
function fault(one: Case): { readonly problem?: string; readonly answer?: Answer } {
  const started = performance.now();
  try {
    const answer = ours(one);
    const bundle = readCertificates(one.text);
    const took = performance.now() - started;
    if (!explains(answer) || !(bundle.ok || bundle.problem.endsWith("."))) return { problem: "no sentence", answer };
    return took > TOO_LONG ? { problem: `took ${Math.round(took)} ms`, answer } : { answer };
  } catch (error) {
    return { problem: `threw ${error instanceof Error ? error.stack : String(error)}` };
  }
}

/** Where we refuse and say why, although Go goes on: constraints that we do not evaluate, and what is too large for TLS. */
const STRICTER = [/keda-medic/, /larger than 256 KiB/];
const undecided = ({ ok, text }: Answer): boolean => !ok && STRICTER.some((words) => words.test(text));

/** Go's words inside our sentence. */
const why = ({ parsed, text }: Answer): string =>
  parsed ? text : text.replace(/^Certificate 1 of 1 cannot be read: ([\s\S]*)\.$/, "$1");

function differs(answer: Answer, go: GoVerdict): string | undefined {
  const same = answer.parsed === go.parsed && answer.ok === go.ok && why(answer) === go.text;
  if (same || undecided(answer)) return undefined;
  return `Go says ${go.parsed ? "" : "(unreadable) "}"${go.text}", we say ${answer.parsed ? "" : "(unreadable) "}"${answer.text}"`;
}

function report({ seed, certificate }: Case, problem: string): void {
  process.stdout.write(`FOUND ${problem}\n  replay: node test/fuzz/certificates.ts --replay ${seed}\n${certificate}\n`);
}

/** Deals with some cases and returns how many of them are findings. */
function batch(seeds: readonly string[], ask: ReturnType<typeof goOracle>): number {
  const cases = seeds.map(caseOf);
  const dealt = cases.map(fault);
  const verdicts = ask?.(
    cases.map(({ certificate, issuer, trusted, sent, dnsName, usage }) => ({
      leaf: trusted ? issuer.pem : certificate,
      pool: [trusted ? certificate : issuer.pem],
      intermediates: sent.map((one) => one.pem),
      dnsName,
      usage,
    })),
  );
  let findings = 0;
  for (const [i, one] of cases.entries()) {
    const { problem, answer } = dealt[i] ?? {};
    const go = verdicts?.[i];
    const found = problem ?? (answer && go ? differs(answer, go) : undefined);
    if (found === undefined) continue;
    findings += 1;
    report(one, found);
  }
  return findings;
}

function main(): number {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "1" }, seed: { type: "string" }, replay: { type: "string" } },
  });
  const ask = goOracle();
  if (values.replay !== undefined) return batch([values.replay], ask);
  const start = values.seed ?? String(Date.now());
  const end = performance.now() + Number(values.minutes) * 60_000;
  process.stdout.write(
    `seed ${start}, ${corpus.length} certificates, ${ask === undefined ? "without Go" : "against Go"}\n`,
  );
  let [done, findings] = [0, 0];
  while (performance.now() < end && findings < 20) {
    findings += batch(
      Array.from({ length: BATCH }, (_, i) => `${start}-${done + i}`),
      ask,
    );
    done += BATCH;
  }
  process.stdout.write(`${done} cases, ${findings} findings\n`);
  return findings;
}

process.exitCode = main() === 0 ? 0 : 1;
