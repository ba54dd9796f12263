import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mintKey } from "../../../src/sandbox/pki/key.ts";
import { type MintedCertificate, mintCertificate } from "../../../src/sandbox/pki/mint.ts";
import { kubernetesService, node } from "../namespaces/network.ts";

const DAY = 86_400_000;

/** Certificates, keys and tokens of the control plane, as files where a program wants files. */
export interface Pki {
  /** PEM: whom clients of the API server trust. */
  readonly ca: string;
  /** Token of a member of system:masters. */
  readonly adminToken: string;
  readonly controllerManagerToken: string;
  readonly kubelet: { readonly cert: string; readonly key: string };
  file(name: string): string;
}

const dates = () => ({ notBefore: Date.now() - DAY, notAfter: Date.now() + 30 * DAY });

const authority = (cn: string): MintedCertificate =>
  mintCertificate({
    subject: { cn },
    key: mintKey("ECDSA"),
    ca: true,
    keyUsage: ["digitalSignature", "certSign"],
    ...dates(),
  });

interface LeafRequest {
  readonly cn: string;
  readonly issuer: MintedCertificate;
  readonly usage: "serverAuth" | "clientAuth";
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

const leaf = ({ cn, issuer, usage, dnsNames = [], ipAddresses = [] }: LeafRequest): MintedCertificate =>
  mintCertificate({
    subject: { cn },
    key: mintKey("ECDSA"),
    issuer,
    ca: false,
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: [usage],
    dnsNames,
    ipAddresses,
    ...dates(),
  });

export function makePki(parent: string): Pki {
  const folder = join(parent, "pki");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(folder, name);
  const write = (name: string, text: string): void => writeFileSync(file(name), text, { mode: 0o600 });
  const pair = (name: string, { certificate, keyPem }: MintedCertificate): void => {
    write(`${name}.crt`, certificate);
    write(`${name}.key`, keyPem);
  };

  const ca = authority("kubernetes");
  const frontProxyCa = authority("front-proxy-ca");
  const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"];
  const addresses = ["127.0.0.1", node.address, kubernetesService.address];
  pair(
    "apiserver",
    leaf({ cn: "kube-apiserver", issuer: ca, usage: "serverAuth", dnsNames: names, ipAddresses: addresses }),
  );
  pair("front-proxy-client", leaf({ cn: "front-proxy-client", issuer: frontProxyCa, usage: "clientAuth" }));
  write("ca.crt", ca.certificate);
  write("front-proxy-ca.crt", frontProxyCa.certificate);

  const accounts = mintKey("RSA");
  write("accounts.key", accounts.privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  write("accounts.pub", accounts.publicKey.export({ type: "spki", format: "pem" }).toString());

  const token = (): string => randomBytes(24).toString("base64url");
  const adminToken = token();
  const controllerManagerToken = token();
  const tokens = [
    `${adminToken},kubernetes-admin,admin,"system:masters"`,
    `${controllerManagerToken},system:kube-controller-manager,kcm`,
  ];
  write("tokens.csv", `${tokens.join("\n")}\n`);

  const kubelet = leaf({ cn: node.name, issuer: ca, usage: "serverAuth", ipAddresses: [node.address] });
  return {
    ca: ca.certificate,
    adminToken,
    controllerManagerToken,
    kubelet: { cert: kubelet.certificate, key: kubelet.keyPem },
    file,
  };
}
