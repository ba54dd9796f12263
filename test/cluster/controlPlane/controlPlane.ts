import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Api, connectApi } from "../api/client.ts";
import { Failure } from "../failure.ts";
import { apiServerPort, node } from "../namespaces/network.ts";
import { apiServerFlags, controllerManagerFlags, etcdFlags } from "./flags.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { makePki, type Pki } from "./pki.ts";
import { type RunningProgram, startProgram } from "./program.ts";

export interface ControlPlaneOptions {
  readonly folder: string;
  readonly binaries: Readonly<Record<string, string>>;
  /** `--horizontal-pod-autoscaler-sync-period`. */
  readonly hpaPeriod: string;
  /** Path of a kubeconfig: who is asked whose a token is that the API server does not know. */
  readonly authenticator?: string;
}

/** etcd, kube-apiserver and kube-controller-manager, running. */
export interface ControlPlane {
  readonly pki: Pki;
  readonly api: Api;
  readonly server: string;
  /** Path of a kubeconfig of an administrator, for programs inside. */
  readonly adminKubeconfig: string;
  /** Path of the API server's audit log. */
  readonly auditLog: string;
  /** Programs that have ended by themselves, with their last words. */
  troubles(): Promise<readonly string[]>;
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  close(): Promise<void>;
}

/** Every request of keda-medic's accounts, and no other: what a diagnosis costs is counted from it. */
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: RequestResponse
    userGroups: ["system:serviceaccounts:keda-medic", "keda-medic:respond", "keda-medic:restart", "keda-medic:sweep"]
    omitManagedFields: false
  - level: None
`;

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder, binaries, hpaPeriod, authenticator } = options;
  const pki = makePki(folder);
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true });
  const audit = { policy: join(folder, "audit-policy.yaml"), log: join(folder, "audit.log") };
  writeFileSync(audit.policy, auditPolicy);
  const server = `https://${node.address}:${apiServerPort}`;
  const adminKubeconfig = join(folder, "admin.kubeconfig");
  writeKubeconfig(adminKubeconfig, "kubernetes-admin", { server, ca: pki.ca, token: pki.adminToken });
  const managerKubeconfig = join(folder, "controller-manager.kubeconfig");
  writeKubeconfig(managerKubeconfig, "kcm", { server, ca: pki.ca, token: pki.controllerManagerToken });

  const start = (name: string, path: string | undefined, args: readonly string[]): RunningProgram =>
    startProgram({ name, path: path ?? name, args, folder: logs });
  const api = connectApi({ server, ca: pki.ca, token: pki.adminToken });
  const etcd = start("etcd", binaries["etcd/etcd"], etcdFlags(join(folder, "etcd")));
  const startServer = async (): Promise<RunningProgram> => {
    const program = start(
      "kube-apiserver",
      binaries["kubernetes/kube-apiserver"],
      apiServerFlags(pki, audit, authenticator),
    );
    await untilReady(api, program);
    return program;
  };
  let apiServer = await startServer();
  const manager = start(
    "kube-controller-manager",
    binaries["kubernetes/kube-controller-manager"],
    controllerManagerFlags(pki, managerKubeconfig, hpaPeriod),
  );
  return {
    pki,
    api,
    server,
    adminKubeconfig,
    auditLog: audit.log,
    troubles: async () => Promise.all([etcd, manager].filter((program) => !program.alive()).map(lastWords)),
    stopApiServer: () => apiServer.kill(),
    startApiServer: async () => {
      if (!apiServer.alive()) apiServer = await startServer();
    },
    close: async () => {
      api.close();
      await Promise.all([manager, apiServer, etcd].map((program) => program.kill()));
    },
  };
}

const readyWithin = 120_000;

async function untilReady(api: Api, program: RunningProgram): Promise<void> {
  const end = performance.now() + readyWithin;
  while (performance.now() < end) {
    const answer = await api.request({ method: "GET", path: "/readyz", timeout: 2000 }).catch(() => undefined);
    if (answer?.status === 200) return;
    if (!program.alive()) break;
    await sleep(200);
  }
  throw new Failure(`kube-apiserver does not become ready. ${await lastWords(program)}`);
}

async function lastWords({ name, log }: RunningProgram): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  return `${name}: ${text.trim().split("\n").at(-1) ?? ""}`;
}
