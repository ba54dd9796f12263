import type { TLSSocket } from "node:tls";
import type { Certificate } from "../../core/certificate/certificate.ts";
import { readCertificates } from "../../core/certificate/certificate.ts";
import { type Verification, type VerifyOptions, verifyCertificate } from "../../core/certificate/verify.ts";

/** The certificates that a peer presented, leaf first; empty when it presented none. */
export function presentedChain(socket: TLSSocket): readonly Certificate[] {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return [];
  const chain = [leaf.toString()];
  for (let next = leaf.issuerCertificate; next && chain.length < 10; next = next.issuerCertificate) {
    chain.push(next.toString());
  }
  return certificatesIn(chain.join("\n"));
}

export function certificatesIn(pem: string): readonly Certificate[] {
  const read = readCertificates(pem);
  return read.ok ? read.certificates : [];
}

/** The peer's chain by Go's rules, whatever OpenSSL thinks of it. */
export function judgeChain(
  chain: readonly Certificate[],
  pool: readonly Certificate[],
  options: Omit<VerifyOptions, "intermediates">,
): Verification {
  const [leaf, ...intermediates] = chain;
  if (leaf === undefined) {
    return { ok: false, failure: "Other", text: "tls: client didn't provide a certificate", about: "leaf" };
  }
  return verifyCertificate(leaf, pool, { ...options, intermediates });
}
