import { type Certificate, octetsOf } from "./certificate.ts";
import { buildChains, type Chain, type ChainsFound, extensionsProblem } from "./chain.ts";
import { constraintProblem } from "./constraint-check.ts";
import { datesProblem } from "./dates.ts";
import { type Refusal, refusal, type VerifyFailure } from "./failure.ts";
import { hostnameProblem } from "./hostname.ts";
import { chainAllows, type Usage } from "./usage.ts";

export type { VerifyFailure };

export interface VerifyOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  /** The dialled name; absent: names are not checked, as a server does with its clients. */
  readonly dnsName?: string;
  /** Default `serverAuth`. */
  readonly usage?: Usage;
  /** What the peer sends along with its leaf. */
  readonly intermediates?: readonly Certificate[];
}

export type Verification = { readonly ok: true } | Refusal;

/**
 * Go's crypto/x509 Certificate.Verify: the same verdict and the same text, one check after the other as there
 * (verify.go), so that a fault masks the same later ones: critical extensions, dates, name, then "this very certificate
 * is in the pool", else a chain; then certificate policies, extended key usage and name constraints of each chain.
 */
export function verifyCertificate(
  leaf: Certificate,
  pool: readonly Certificate[],
  options: VerifyOptions,
): Verification {
  const problem =
    extensionsProblem(leaf) ?? datesProblem(leaf, options.now, "leaf") ?? nameProblem(leaf, options.dnsName);
  if (problem !== undefined) return problem;
  const found = chainsTo(leaf, pool, options);
  return found.ok ? judged(found.chains, options.usage ?? "serverAuth") : found;
}

function nameProblem(leaf: Certificate, dnsName = ""): Refusal | undefined {
  const text = dnsName === "" ? undefined : hostnameProblem(leaf, dnsName);
  return text === undefined ? undefined : refusal("HostnameMismatch", text);
}

/** A certificate that is itself in the pool is trusted as it is: nobody asks whether it is a CA. */
function chainsTo(leaf: Certificate, pool: readonly Certificate[], options: VerifyOptions): ChainsFound {
  if (pool.some((certificate) => certificate.fingerprint === leaf.fingerprint)) return { ok: true, chains: [[leaf]] };
  return buildChains([leaf], {
    now: options.now,
    roots: distinct(pool),
    intermediates: distinct(options.intermediates ?? []),
    tries: { count: 0 },
  });
}

function distinct(pool: readonly Certificate[]): readonly Certificate[] {
  return [...new Map(pool.map((certificate) => [certificate.fingerprint, certificate])).values()];
}

/** One good chain is enough. If there is none, a broken name constraint outranks an unfit usage. */
function judged(chains: readonly Chain[], usage: Usage): Verification {
  const problems: Refusal[] = [];
  for (const chain of chains) {
    const problem = policiesProblem(chain) ?? usageProblem(chain, usage) ?? namesProblem(chain);
    if (problem === undefined) return { ok: true };
    problems.push(problem);
  }
  return problems.find((problem) => problem.failure !== "IncompatibleUsage") ?? problems[0] ?? NO_CHAIN;
}

const NO_CHAIN = refusal("Other", "x509: no valid chains built");

/** Go evaluates them (RFC 9618); no KEDA certificate has any, and we refuse rather than guess. */
function policiesProblem(chain: Chain): Refusal | undefined {
  const demanding = chain.slice(0, -1).some((certificate) => octetsOf(certificate)?.extensions.policies === true);
  return demanding
    ? refusal("Other", "x509: required certificate policies are not evaluated by keda-medic")
    : undefined;
}

const usageProblem = (chain: Chain, usage: Usage): Refusal | undefined =>
  chainAllows(chain, usage)
    ? undefined
    : refusal("IncompatibleUsage", "x509: certificate specifies an incompatible key usage");

function namesProblem(chain: Chain): Refusal | undefined {
  const problem = constraintProblem(chain);
  if (problem === undefined) return undefined;
  const text = `x509: a root or intermediate certificate is not authorized to sign for this name: ${problem}`;
  return refusal("Other", text);
}
