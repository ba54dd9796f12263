import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Api, Loose } from "../api/client.ts";
import { type Files, writeVolume } from "./atomicWriter.ts";
import type { Mount } from "./container.ts";

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
const tokenSeconds = 86_400;

const filesOf = (secret: Loose): Files =>
  Object.fromEntries(
    Object.entries<string>(secret?.data ?? {}).map(([name, data]) => [name, Buffer.from(data, "base64")]),
  );

/** The Secret of a volume, by itself or as a part of a projected one; undefined where it has none. */
function secretOf({ secret, projected }: Loose): Loose | undefined {
  if (secret !== undefined) return secret;
  const part = projected?.sources?.find((source: Loose) => source.secret !== undefined)?.secret;
  return part === undefined ? undefined : { secretName: part.name, optional: part.optional };
}

/** The volumes of one Pod on this machine. */
export class Volumes {
  readonly #api: Api;
  readonly #pod: Loose;
  readonly #folder: string;

  constructor(api: Api, pod: Loose, folder: string) {
    this.#api = api;
    this.#pod = pod;
    this.#folder = folder;
  }

  /** Names of the Secrets that are mounted. */
  secrets(): readonly string[] {
    return this.#secretVolumes().map(({ secret }) => secret.secretName);
  }

  #secretVolumes(): readonly { readonly name: string; readonly secret: Loose }[] {
    return (this.#pod.spec.volumes ?? []).flatMap((volume: Loose) => {
      const secret = secretOf(volume);
      return secret === undefined ? [] : [{ name: volume.name, secret }];
    });
  }

  /** Makes everything that a container may mount. Rejects when a Secret is missing that is not optional. */
  async prepare(): Promise<void> {
    await this.#account();
    for (const volume of this.#pod.spec.volumes ?? []) {
      if (volume.emptyDir !== undefined) await mkdir(join(this.#folder, volume.name), { recursive: true });
    }
    for (const name of this.secrets()) await this.refresh(name);
  }

  /** Brings the newest Secret into the volume. */
  async refresh(secretName: string): Promise<void> {
    const { namespace } = this.#pod.metadata;
    for (const { name, secret } of this.#secretVolumes().filter((volume) => volume.secret.secretName === secretName)) {
      const answer = await this.#api.request({
        method: "GET",
        path: `/api/v1/namespaces/${namespace}/secrets/${secretName}`,
      });
      if (answer.status !== 200 && !secret.optional) throw new Error(`secret "${secretName}" not found`);
      await writeVolume(join(this.#folder, name), answer.status === 200 ? filesOf(answer.body) : {});
    }
  }

  async #account(): Promise<void> {
    const { namespace, name, uid } = this.#pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${this.#pod.spec.serviceAccountName}/token`;
    const boundObjectRef = { kind: "Pod", apiVersion: "v1", name, uid };
    const { status } = await this.#api.create(path, { spec: { expirationSeconds: tokenSeconds, boundObjectRef } });
    const folder = join(this.#folder, "account");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "token"), status.token);
    await writeFile(join(folder, "ca.crt"), this.#api.connection.ca);
    await writeFile(join(folder, "namespace"), namespace);
  }

  /** What to mount into a container. The injected token volume is our account folder; /tmp stays the machine's. */
  mounts(container: Loose): readonly Mount[] {
    const known = new Set(
      (this.#pod.spec.volumes ?? []).filter((v: Loose) => secretOf(v) ?? v.emptyDir).map((v: Loose) => v.name),
    );
    const own = (container.volumeMounts ?? []).filter((m: Loose) => known.has(m.name) && m.mountPath !== "/tmp");
    return [
      { from: join(this.#folder, "account"), to: accountFolder },
      ...own.map((mount: Loose) => ({
        from: join(this.#folder, mount.name),
        to: mount.mountPath,
        ...(mount.subPath === undefined ? {} : { subPath: mount.subPath }),
      })),
    ];
  }
}
