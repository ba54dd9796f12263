/** `cached`: as it was read last; `fresh`: read or fetched again now, because the API server refused the cached one. */
export type TokenUse = "cached" | "fresh";

/** Where a cluster is and how to be somebody there. */
export interface ClusterAccess {
  /** `https:` always, `http:` only on a loopback address (as `kubectl proxy` serves). A path is kept as a prefix. */
  readonly server: URL;
  /** For people and for the incident's key. */
  readonly clusterName: string;
  /** Namespace of the service account or of the kubeconfig's context. */
  readonly namespace?: string;
  /** PEM. Absent: the system's own certificate authorities. */
  readonly ca?: string | Buffer;
  /** PEM. */
  readonly clientCertificate?: string | Buffer;
  /** PEM. */
  readonly clientKey?: string | Buffer;
  /** Name that the API server's certificate must carry instead of the one in `server`. */
  readonly serverName?: string;
  readonly insecureSkipTlsVerify: boolean;
  /** HTTP proxy to tunnel through: `http:` or `https:`. */
  readonly proxy?: URL;
  /** Sent with every request: impersonation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What to look at where the API server takes none of our tokens; follows its own words. */
  readonly unauthorizedHint?: string;
  /** Bearer token, default `cached`; undefined where a client certificate is all there is. Rejects with {@link AccessError}. */
  token(how?: TokenUse): Promise<string | undefined>;
}

/** Access to a cluster cannot be set up. The message is one sentence for a person. */
export class AccessError extends Error {
  readonly code:
    | "FileMissing"
    | "Unreadable"
    | "ContextMissing"
    | "Incomplete"
    | "Unsupported"
    | "PluginFailed"
    | "NotInCluster";
  constructor(code: AccessError["code"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AccessError";
    this.code = code;
  }
}
