import type { Certificate } from "./certificate.ts";
import { datesProblem } from "./dates.ts";
import { type Refusal, refusal } from "./failure.ts";
import { goQuote } from "./quote.ts";
import { hasKnownKey, signatureProblem } from "./signature.ts";

export type Chain = readonly Certificate[];
type Role = "root" | "intermediate";

export interface ChainSearch {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly roots: readonly Certificate[];
  readonly intermediates: readonly Certificate[];
  /** Candidates considered so far, over the whole search. */
  readonly tries: { count: number };
}

/** Go gives up after this many candidates, so a pool full of look-alikes cannot keep it busy (maxChainSignatureChecks). */
const MAX_TRIES = 100;
const LIMIT = refusal("Other", "x509: signature check attempts limit reached while verifying certificate chain");

interface Attempt {
  chains: Chain[];
  /** Of the last candidate that got as far as its own validity, as in Go, where a later one overwrites it. */
  failure: Refusal | undefined;
  hint: string | undefined;
}

export type ChainsFound = { readonly ok: true; readonly chains: readonly Chain[] } | Refusal;

/** Every chain from the last certificate of `chain` to a root, or why there is none (crypto/x509 buildChains). */
export function buildChains(chain: Chain, search: ChainSearch): ChainsFound {
  const attempt: Attempt = { chains: [], failure: undefined, hint: undefined };
  for (const [role, pool] of [
    ["root", search.roots],
    ["intermediate", search.intermediates],
  ] as const) {
    for (const candidate of candidates(chain.at(-1), pool)) {
      consider({ candidate, role, chain, search }, attempt);
      if (attempt.failure === LIMIT) return concluded(attempt);
    }
  }
  return concluded(attempt);
}

function concluded({ chains, failure, hint }: Attempt): ChainsFound {
  if (chains.length > 0) return { ok: true, chains };
  return failure ?? refusal("UnknownAuthority", `x509: certificate signed by unknown authority${hint ?? ""}`);
}

/** Certificates that bear the issuer's name, in Go's order: key ids that agree, then one absent, then those that differ. */
function candidates(child: Certificate | undefined, pool: readonly Certificate[]): readonly Certificate[] {
  const named = pool.filter((certificate) => certificate.subject === child?.issuer);
  return [0, 1, 2].flatMap((rank) => named.filter((parent) => keyIdRank(child, parent) === rank));
}

function keyIdRank(child: Certificate | undefined, parent: Certificate): number {
  const [wanted, own] = [child?.authorityKeyId ?? "", parent.subjectKeyId ?? ""];
  if (wanted === own) return 0;
  return wanted === "" || own === "" ? 1 : 2;
}

interface Candidacy {
  readonly candidate: Certificate;
  readonly role: Role;
  readonly chain: Chain;
  readonly search: ChainSearch;
}

function consider(candidacy: Candidacy, attempt: Attempt): void {
  const { candidate, role, chain, search } = candidacy;
  search.tries.count += 1;
  if (search.tries.count > MAX_TRIES) {
    attempt.failure = LIMIT;
    return;
  }
  if (!hasKnownKey(candidate) || isInChain(candidate, chain)) return;
  const signature = signedProblem(chain.at(-1), candidate);
  if (signature !== undefined) {
    attempt.hint ??= hintOf(signature, candidate);
    return;
  }
  attempt.failure = parentProblem(candidacy);
  if (attempt.failure !== undefined) return;
  if (role === "root") attempt.chains.push([...chain, candidate]);
  else follow([...chain, candidate], search, attempt);
}

const signedProblem = (child: Certificate | undefined, parent: Certificate): string | undefined =>
  child === undefined ? undefined : signatureProblem(child, parent);

function follow(chain: Chain, search: ChainSearch, attempt: Attempt): void {
  const found = buildChains(chain, search);
  if (found.ok) attempt.chains.push(...found.chains);
  else attempt.failure = found;
}

/**
 * Go's alreadyInChain: same name, same key and same subjectAltName, whatever else differs. Such a candidate leaves no
 * hint. Where only one of the two has a subjectAltName Go answers at once, without a look at the rest of the chain.
 */
function isInChain(candidate: Certificate, chain: Chain): boolean {
  for (const member of chain) {
    if (candidate.subject !== member.subject || candidate.publicKey !== member.publicKey) continue;
    if (candidate.subjectAltName === member.subjectAltName) return true;
    if (candidate.subjectAltName === "" || member.subjectAltName === "") return false;
  }
  return false;
}

const hintOf = (text: string, candidate: Certificate): string =>
  ` (possibly because of ${goQuote(text)} while trying to verify candidate authority certificate ${goQuote(candidate.displayName)})`;

function parentProblem({ candidate, role, chain, search }: Candidacy): Refusal | undefined {
  return (
    extensionsProblem(candidate) ??
    datesProblem(candidate, search.now, "ca") ??
    (role === "intermediate" ? authorityProblem(candidate) : undefined) ??
    pathLengthProblem(candidate, chain.length - 1)
  );
}

export const extensionsProblem = (certificate: Certificate): Refusal | undefined =>
  certificate.unhandledCriticalExtensions.length > 0
    ? refusal("UnhandledCriticalExtension", "x509: unhandled critical extension")
    : undefined;

/** Reached only by a parent of version 1: any other without the CA flag was refused as a signer before. */
const authorityProblem = ({ basicConstraints }: Certificate): Refusal | undefined =>
  basicConstraints?.ca === true
    ? undefined
    : refusal("NotAuthorizedToSign", "x509: certificate is not authorized to sign other certificates");

function pathLengthProblem({ basicConstraints }: Certificate, intermediates: number): Refusal | undefined {
  const allowed = basicConstraints?.pathLength;
  if (allowed === undefined || intermediates <= allowed) return undefined;
  return refusal("TooManyIntermediates", "x509: too many intermediates for path length constraint");
}
