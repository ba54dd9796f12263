import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/** Longer chains are somebody's joke. */
const MOST = 10;

/**
 * PEM of what the peer sent, leaf first, in the order in which it was sent. `issuerCertificate` walks the received list,
 * and building it empties the list inside OpenSSL: ask once per connection.
 */
export function chainOf(socket: TLSSocket): readonly string[] {
  const chain = new Map<string, string>();
  let next: X509Certificate | undefined = socket.getPeerX509Certificate();
  while (next !== undefined && !chain.has(next.fingerprint256) && chain.size < MOST) {
    chain.set(next.fingerprint256, next.toString());
    next = next.issuerCertificate;
  }
  return [...chain.values()];
}
