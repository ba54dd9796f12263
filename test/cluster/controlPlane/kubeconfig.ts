import { writeFileSync } from "node:fs";

export interface Access {
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** Writes a kubeconfig; JSON is YAML. */
export function writeKubeconfig(path: string, user: string, { server, ca, token }: Access): void {
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "keda-medic",
        cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "keda-medic", context: { cluster: "keda-medic", user } }],
    "current-context": "keda-medic",
  };
  writeFileSync(path, JSON.stringify(content, null, 2), { mode: 0o600 });
}
