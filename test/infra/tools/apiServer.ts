import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../build/build.ts";
import { type Api, type ApiAnswer, connectApi, merge } from "../../cluster/api/client.ts";
import { etcdFlags, identityFlags } from "../../cluster/controlPlane/flags.ts";
import { writeKubeconfig } from "../../cluster/controlPlane/kubeconfig.ts";
import { makePki, type Pki } from "../../cluster/controlPlane/pki.ts";
import { type RunningProgram, startProgram } from "../../cluster/controlPlane/program.ts";
import { programs } from "./build.ts";
import type { Ran } from "./helm.ts";

/** etcd and kube-apiserver on loopback, without controllers: everything that is decided at a write, and nothing after it. */
export interface ApiServer {
  readonly api: Api;
  readonly kubeconfig: string;
  kubectl(args: readonly string[], input?: string): Ran;
  /** A token of a ServiceAccount, as kubelet would mount it. */
  tokenOf(namespace: string, account: string): Promise<string>;
  /** A merge patch with somebody's token. */
  patchAs(token: string, path: string, body: unknown): Promise<ApiAnswer>;
  /** One token per person, by group. */
  readonly people: Readonly<Record<"approver" | "editor", string>>;
  close(): Promise<void>;
}

const serverFlags = (pki: Pki, etcd: string, port: number): string[] => [
  `--etcd-servers=${etcd}`,
  "--bind-address=127.0.0.1",
  "--advertise-address=127.0.0.1",
  // Nobody reads Service `kubernetes`, and loopback addresses are refused there.
  "--endpoint-reconciler-type=none",
  `--secure-port=${port}`,
  "--service-cluster-ip-range=10.96.0.0/16",
  ...identityFlags(pki),
  // It asks for accounts that a controller would have made.
  "--disable-admission-plugins=ServiceAccount",
];

async function untilReady(api: Api, program: RunningProgram): Promise<void> {
  const end = performance.now() + 120_000;
  while (performance.now() < end && program.alive()) {
    const answer = await api.request({ method: "GET", path: "/readyz", timeout: 2000 }).catch(() => undefined);
    if (answer?.status === 200) return;
    await sleep(200);
  }
  const log = await readFile(program.log, "utf8").catch(() => "");
  throw new Error(`kube-apiserver does not become ready: ${log.trim().split("\n").at(-1)}`);
}

/** Two people beside the administrator: the rest of their lives is decided by bindings. */
async function addPeople({ file }: Pki): Promise<ApiServer["people"]> {
  const people = { approver: "token-of-an-approver", editor: "token-of-an-editor" };
  await appendFile(file("tokens.csv"), `${people.approver},ann,ann,"sre"\n${people.editor},eve,eve,"platform"\n`);
  return people;
}

/** Starts both. The binaries come from the cache of the real cluster; what is missing is built (needs Go). */
export async function startApiServer(): Promise<ApiServer> {
  const binaries = await programs(["api"]);
  const folder = mkdtempSync(join(tmpdir(), "keda-medic-api-"));
  const pki = makePki(folder);
  const people = await addPeople(pki);
  const [port, client, peer] = [await freePort(), await freePort(), await freePort()];
  const url = (at: number): string => `http://127.0.0.1:${at}`;
  const start = (name: string, path = name, args: readonly string[] = []): RunningProgram =>
    startProgram({ name, path, args, folder });
  const etcd = start("etcd", binaries["etcd/etcd"], etcdFlags(join(folder, "etcd"), url(client), url(peer)));
  const server = start("kube-apiserver", binaries["kubernetes/kube-apiserver"], serverFlags(pki, url(client), port));
  const connection = { server: `https://127.0.0.1:${port}`, ca: pki.ca, token: pki.adminToken };
  const api = connectApi(connection);
  const kubeconfig = join(folder, "kubeconfig");
  writeKubeconfig(kubeconfig, "kubernetes-admin", connection);
  const close = async (): Promise<void> => {
    api.close();
    await Promise.all([server.kill(), etcd.kill()]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(api, server);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    api,
    kubeconfig,
    people,
    close,
    kubectl: (args, input) => {
      const path = binaries["kubernetes/kubectl"] ?? "kubectl";
      const options = { encoding: "utf8", env: { KUBECONFIG: kubeconfig, HOME: folder } } as const;
      const { status, stdout, stderr } = spawnSync(path, args, input === undefined ? options : { ...options, input });
      return { code: status, stdout, stderr };
    },
    tokenOf: async (namespace, account) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
      const request = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 3600 },
      };
      return (await api.create(path, request)).status.token as string;
    },
    patchAs: (token, path, body) => api.request({ method: "PATCH", path, body, token, contentType: merge }),
  };
}
