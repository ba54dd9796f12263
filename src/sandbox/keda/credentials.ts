import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Certificate } from "../../core/certificate/certificate.ts";
import type { Files, SecretVolume } from "../cluster/volume.ts";
import { certificatesIn } from "./judge.ts";

/** One side's half of hop B: whom it trusts and what it presents. */
export interface Credentials {
  readonly pool: readonly Certificate[];
  readonly cert: string;
  readonly key: string;
}

/** Loads /certs as LoadGrpcTLSCredentials does. Throws with Go's message. */
function loadCredentials(files: Files): Credentials {
  const ca = file(files, "ca.crt");
  const cert = file(files, "tls.crt");
  const key = file(files, "tls.key");
  if (!fits(cert, key)) throw new Error("tls: private key does not match public key");
  return { pool: certificatesIn(ca), cert, key };
}

function file(files: Files, name: string): string {
  const text = files[name];
  if (text === undefined) throw new Error(`open /certs/${name}: no such file or directory`);
  return text;
}

export function fits(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/**
 * KEDA up to 2.17.1 loads once. Later ones follow the volume: the pool only grows (old CAs stay trusted), the pair is
 * replaced; a pair that cannot be loaded leaves the old one in place.
 */
export class HeldCredentials {
  #held: Credentials;
  readonly #stop: () => void;

  constructor(certs: SecretVolume, hotReload: boolean, onReload: () => void = () => undefined) {
    this.#held = loadCredentials(certs.files);
    this.#stop = hotReload
      ? certs.onSwap(() => {
          this.#reload(certs.files);
          onReload();
        })
      : () => undefined;
  }

  get now(): Credentials {
    return this.#held;
  }

  close(): void {
    this.#stop();
  }

  #reload(files: Files): void {
    const pool = [...this.#held.pool, ...certificatesIn(files["ca.crt"] ?? "")];
    const { "tls.crt": cert = "", "tls.key": key = "" } = files;
    this.#held = fits(cert, key) ? { pool, cert, key } : { ...this.#held, pool };
  }
}
