import type { Certificate, Generation } from "./certificate/certificate.ts";
import { predictText } from "./certificate/rotation.ts";
import { sameTlsText } from "./certificate/text.ts";
import { verifyCertificate } from "./certificate/verify.ts";
import type { LoggedFailure, PastGeneration, Presented } from "./evidence.ts";

/**
 * What the certificates say the log must say:
 * `agrees` / `contradicts`: predicted and logged text were compared; `noHistory`: nothing to predict from.
 */
export type Prediction =
  | { readonly result: "agrees"; readonly predicted: string }
  | { readonly result: "contradicts"; readonly predicted: string | undefined }
  | { readonly result: "noHistory" };

interface Question {
  /** What the verifier was shown. */
  readonly shown: Presented;
  /** Pools that the verifier may hold. */
  readonly pools: readonly (readonly Certificate[])[];
  readonly logged: LoggedFailure;
  readonly dialName: string;
}

const asGeneration = ({ leaf, chain }: Presented): Generation => ({ leaf, intermediates: chain.slice(1), ca: [] });

/** S!: the metrics-apiserver refused the operator's certificate. One pool that predicts the logged text is enough. */
export function predictRefusedServer({ shown, pools, logged, dialName }: Question): Prediction {
  if (pools.length === 0) return { result: "noHistory" };
  const options = { now: logged.at, dnsName: dialName, usage: "serverAuth" as const };
  const texts = pools.map((pool) => predictText(asGeneration(shown), pool, options));
  const agreeing = texts.find((text) => text !== undefined && sameTlsText(text, logged.text));
  return agreeing === undefined
    ? { result: "contradicts", predicted: texts[0] }
    : { result: "agrees", predicted: agreeing };
}

/** Alerts by which a Go server refuses a client's certificate: <= 1.20 always the first, later by cause (crypto/tls alert.go). */
const alerts: Readonly<Record<string, readonly string[]>> = {
  UnknownAuthority: ["bad certificate", "unknown certificate authority"],
  Expired: ["bad certificate", "expired certificate"],
  NotYetValid: ["bad certificate", "expired certificate"],
};

/** C!: the operator refused the metrics-apiserver's certificate; the client reads only an alert. */
export function predictRefusedClient(
  held: readonly PastGeneration[],
  pool: readonly Certificate[],
  logged: LoggedFailure,
): Prediction {
  if (held.length === 0) return { result: "noHistory" };
  const verified = held.map(({ certificates }) =>
    verifyCertificate(certificates.leaf, pool, {
      now: logged.at,
      usage: "clientAuth",
      intermediates: certificates.intermediates,
    }),
  );
  const expected = verified.flatMap((v) => (v.ok ? [] : (alerts[v.failure] ?? ["bad certificate"])));
  const agreeing = expected.find((alert) => logged.text === `remote error: tls: ${alert}`);
  if (agreeing !== undefined) return { result: "agrees", predicted: logged.text };
  return {
    result: "contradicts",
    predicted: expected[0] === undefined ? undefined : `remote error: tls: ${expected[0]}`,
  };
}

/** True for an alert that the operator sent: the client's certificate was refused, not the server's. */
export const refusedByPeer = (text: string): boolean => text.startsWith("remote error: tls: ");

/** True for a text that says that something has expired: the presented leaf, a CA in the pool, or the client's own leaf. */
export const isAboutExpiry = (text: string): boolean =>
  /^x509: certificate has expired or is not yet valid: .* is after /.test(text) ||
  text === "remote error: tls: expired certificate";

const refusals: readonly string[] = ["bad certificate", "unknown certificate authority", "expired certificate"];

/** True for a text that one side's old certificates can cause at all. Names, usages and foreign peers are no rotation. */
export const isOfARotation = (text: string): boolean =>
  text.startsWith("x509: certificate signed by unknown authority") ||
  isAboutExpiry(text) ||
  refusals.some((alert) => text === `remote error: tls: ${alert}`);
