import type { Certificate } from "./certificate/certificate.ts";
import { sameTlsText } from "./certificate/text.ts";
import { type Verification, verifyCertificate } from "./certificate/verify.ts";
import type { Material, PastGeneration, Presented } from "./evidence.ts";
import type { Instant } from "./instant.ts";
import { refusedByPeer } from "./prediction.ts";

/** What one side of hop B has loaded, as far as it is known. */
export interface Holder {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  /** Undefined: nobody knows whom it trusts. */
  readonly trusts?: readonly Certificate[];
}

export interface Dialling {
  readonly now: Instant;
  readonly dialName: string;
}

export const holderOf = ({ certificates }: Pick<Material | PastGeneration, "certificates">): Holder => ({
  leaf: certificates.leaf,
  intermediates: certificates.intermediates,
  trusts: certificates.ca,
});

/** A KEDA that reloads presents the new leaf and trusts the new CA beside the old one (>= 2.17.2, append-only). */
export const reloadedHolder = (present: Material, before: PastGeneration): Holder => ({
  ...holderOf(present),
  trusts: [...present.certificates.ca, ...before.certificates.ca],
});

/** The operator by what it shows; whom it trusts is known where that leaf is on record. */
export function shownHolder({ leaf, chain }: Presented, history: readonly PastGeneration[]): Holder {
  const known = history.find((g) => g.certificates.leaf.fingerprint === leaf.fingerprint);
  const trusts = known === undefined ? {} : { trusts: known.certificates.ca };
  return { leaf, intermediates: chain.slice(1), ...trusts };
}

const accepted: Verification = { ok: true };

/** Go's client judges first: what the server thinks of the client only counts after that. */
export function serverJudged(client: Holder, server: Holder, { now, dialName }: Dialling): Verification {
  if (client.trusts === undefined) return accepted;
  const { leaf, intermediates } = server;
  return verifyCertificate(leaf, client.trusts, { now, dnsName: dialName, usage: "serverAuth", intermediates });
}

export function clientJudged(client: Holder, server: Holder, now: Instant): Verification {
  if (server.trusts === undefined) return accepted;
  const { leaf, intermediates } = client;
  return verifyCertificate(leaf, server.trusts, { now, usage: "clientAuth", intermediates });
}

export const talk = (client: Holder, server: Holder, dialling: Dialling): boolean =>
  serverJudged(client, server, dialling).ok && clientJudged(client, server, dialling.now).ok;

/** Whether a client that holds this would have logged this text about that server. */
export function explains(client: Holder, server: Holder, text: string, dialling: Dialling): boolean {
  const judged = serverJudged(client, server, dialling);
  if (!refusedByPeer(text)) return !judged.ok && sameTlsText(judged.text, text);
  return judged.ok && (server.trusts === undefined || !clientJudged(client, server, dialling.now).ok);
}
