import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer, type TlsOptions } from "node:tls";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { type CertificateRequest, type MintedCertificate, mintCertificate } from "../../../src/sandbox/pki/mint.ts";

const DAY = 86_400_000;

/** A certificate valid now, named `cn`, with an EC key of its own. */
export function mint(cn: string, request: Partial<CertificateRequest> = {}): MintedCertificate {
  return mintCertificate({
    subject: { cn },
    key: pooledKey("ECDSA", cn),
    notBefore: Date.now() - DAY,
    notAfter: Date.now() + DAY,
    ...request,
  });
}

/** What a peer shows: leaf first, as `tls.crt` holds it. */
export const chainFile = (...certificates: readonly MintedCertificate[]): string =>
  certificates.map(({ certificate }) => certificate).join("");

export interface Peer {
  readonly port: number;
  /** What the peer saw of its clients. */
  readonly seen: { servername?: string | false; alpn?: readonly string[] }[];
  close(): Promise<void>;
}

async function listen(server: Server, seen: Peer["seen"] = []): Promise<Peer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { port: (server.address() as AddressInfo).port, seen, close };
}

/** A TLS server. It records SNI and offered ALPN of every client. */
export function tlsPeer(options: TlsOptions): Promise<Peer> {
  const seen: Peer["seen"] = [];
  const server = createServer({
    ...options,
    ALPNCallback: ({ servername, protocols }) => {
      seen.push({ servername, alpn: protocols });
      return "h2";
    },
  });
  server.on("tlsClientError", () => undefined);
  return listen(server, seen);
}

/** A TCP server that is no TLS server. */
export const tcpPeer = (onConnection: (socket: Socket) => void): Promise<Peer> => listen(createTcpServer(onConnection));
