import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadAll } from "js-yaml";
import { minutes } from "../../../../src/core/instant.ts";
import { eksToken } from "../../../../src/edge/eks/presign.ts";
import type { Loose } from "../../api/client.ts";
import type { RealWorld } from "../../world/realWorld.ts";
import type { Medic, MedicOptions } from "../deploy.ts";
import type { FunctionName } from "../images.ts";
import { type Amazon, startAmazon, type WrittenItem } from "./amazon.ts";
import { type Authenticator, type Entry, startAuthenticator } from "./authenticator.ts";
import { Exporter } from "./exporter.ts";
import { LambdaFunctions } from "./functions.ts";
import { eksCluster, region, templateIn } from "./package.ts";
import { startQueues } from "./queues.ts";
import { type Deployed, type Stack, stackOf } from "./stack.ts";

export interface LambdaOptions extends Omit<MedicOptions, "hosts"> {
  readonly say: (line: string) => void;
  /** Every line of a function's log. */
  readonly onLine: (name: FunctionName, text: string) => void;
}

/** AWS beside the cluster: it must be there before the API server, which asks it who somebody is. */
export interface LambdaAccount {
  /** Path for `--authentication-token-webhook-config-file`. */
  readonly authenticator: string;
  deploy(world: RealWorld, options: LambdaOptions): Promise<Medic>;
  close(): Promise<void>;
}

/** A session of a function's role: keys as Lambda gives them, and the access entry of the stack. EKS names it by its session. */
const sessionOf = ({ roleName, functionName, groups }: Deployed): Entry => ({
  accessKeyId: `ASIA${randomBytes(8).toString("hex").toUpperCase()}`,
  secretAccessKey: randomBytes(30).toString("base64"),
  sessionToken: randomBytes(60).toString("base64"),
  username: `arn:aws:sts::111122223333:assumed-role/${roleName}/${functionName}`,
  groups,
});

const login = (entries: readonly Entry[]) => ({ cluster: eksCluster, region, entries });

/** @param packaged folder of the package @param folder of this play */
export async function openAccount(packaged: string, folder: string): Promise<LambdaAccount> {
  const stack = stackOf(templateIn(packaged));
  const sessions = new Map(stack.functions.map((one) => [one.name, sessionOf(one)]));
  const authenticator = await startAuthenticator(login([...sessions.values()]));
  const path = join(folder, "authenticator.kubeconfig");
  writeFileSync(path, authenticator.kubeconfig, { mode: 0o600 });
  return {
    authenticator: path,
    deploy: (world, options) => deploy({ packaged, stack, sessions, authenticator }, world, options),
    close: () => authenticator.close(),
  };
}

interface Account {
  readonly packaged: string;
  readonly stack: Stack;
  readonly sessions: ReadonlyMap<FunctionName, Entry>;
  readonly authenticator: Authenticator;
}

const rightsFile = fileURLToPath(new URL("../../../../infra/aws/rbac.yaml", import.meta.url));

/** The Role that the file binds to nobody, bound by the command at its head. */
function bindingOf(text: string, role: string): Loose {
  const command = text.split("\n").find((line) => line.includes(`create rolebinding ${role} `)) ?? "";
  const groups = [...command.matchAll(/--group=(\S+)/g)].map(([, group]) => group);
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: role, namespace: "keda" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
    subjects: groups.map((name) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name })),
  };
}

const optional = { secret: "keda-medic-secret", endPods: "keda-medic-end-pods" } as const;

async function grant(world: RealWorld, wanted: LambdaOptions["rights"]): Promise<void> {
  const text = await readFile(rightsFile, "utf8");
  const edited = text.replaceAll(/\bkeda-metrics-apiserver\b/g, world.names.metricsApiserver);
  await world.cluster.kubectl.apply([...loadAll(edited), ...wanted.map((right) => bindingOf(text, optional[right]))]);
}

/**
 * keda-medic as the stack deploys it: three functions outside the cluster, woken by the exporter through bus and queue and
 * by the schedules. Their minute is as long as the harness's other timers.
 */
async function deploy(account: Account, world: RealWorld, options: LambdaOptions): Promise<Medic> {
  const { packaged, stack, sessions } = account;
  await grant(world, options.rights);
  const { server, pki } = world.cluster.controlPlane;
  const queues = await startQueues(stack);
  const amazon = await startAmazon({
    stack,
    may: (key) => stack.functions.find(({ name }) => sessions.get(name)?.accessKeyId === key)?.statements,
    send: queues.send,
    cluster: () => ({ endpoint: server, ca: pki.ca }),
  });
  const functions = new LambdaFunctions({
    folder: packaged,
    functions: stack.functions,
    mappings: stack.mappings,
    onLine: options.onLine,
    given: ({ name }) => ({ ...keysOf(sessions.get(name)), AWS_ENDPOINT_URL: amazon.url, ...options.settings }),
  });
  queues.readTo((name, event) => functions.invoke(name, event));
  const exporter = new Exporter(world.api, (entry) => amazon.put(entry));
  exporter.start();
  world.events = exporter;
  // A tick that fails is not repeated: the next one comes anyway.
  const ticking = stack.schedules.map(({ wakes, every, input }) => {
    const tick = (): void => void functions.invoke(wakes, input).catch(() => {});
    tick();
    return setInterval(tick, every * options.sweepEvery);
  });
  options.say(`the stack is deployed: ${stack.functions.length} functions, ${stack.rules.length} rules`);
  return {
    crash: (name) => functions.crash(name),
    written: () =>
      amazon.written
        .filter(({ kind }) => kind === "Incident")
        .map(({ at, name, document }) => ({ at, name, status: document })),
    judging: {
      incidents: async () => incidentsIn(amazon.written),
      respondToken: () => tokenFor(sessions.get("respond")),
    },
    finish: async () => {
      ticking.forEach(clearInterval);
      const { accepted, refusals } = account.authenticator;
      const wrong = await badLogins(world, sessions);
      options.say(`${accepted()} logins were taken; refused: ${refusals.join("; ")}`);
      const dead = await queues.deadLetters();
      return [...wrong, ...amazon.denied, ...(dead === 0 ? [] : [`${dead} messages lie in the dead letter queue`])];
    },
    close: async () => {
      ticking.forEach(clearInterval);
      exporter.close();
      functions.close();
      await queues.close();
      await amazon.close();
    },
  };
}

const keysOf = (session: Entry | undefined): Readonly<Record<string, string>> => ({
  AWS_ACCESS_KEY_ID: session?.accessKeyId ?? "",
  AWS_SECRET_ACCESS_KEY: session?.secretAccessKey ?? "",
  AWS_SESSION_TOKEN: session?.sessionToken ?? "",
});

interface Changed {
  readonly cluster?: string;
  readonly keys?: Partial<Entry>;
  readonly age?: number;
}

function tokenFor(session: Entry | undefined, { cluster = eksCluster, keys = {}, age = 0 }: Changed = {}): string {
  if (session === undefined) throw new Error("no such function");
  return eksToken({ cluster, region, keys: { ...session, ...keys }, now: Date.now() - age });
}

/** Logins that the real API server must refuse, and one that it must take. Sentences about what it did instead. */
async function badLogins({ api, names }: RealWorld, sessions: Account["sessions"]): Promise<readonly string[]> {
  const session = sessions.get("sweep");
  const tries: readonly (readonly [string, Changed, number])[] = [
    ["a good token", {}, 200],
    ["a token that another key signed", { keys: { secretAccessKey: "another" } }, 401],
    ["a token for another cluster", { cluster: `${eksCluster}-2` }, 401],
    ["a token of 16 minutes ago", { age: minutes(16) }, 401],
    ["a token of a key that has no access entry", { keys: { accessKeyId: "ASIASTRANGER" } }, 401],
  ];
  const path = `/api/v1/namespaces/${names.namespace}/pods`;
  const wrong: string[] = [];
  for (const [what, changed, wanted] of tries) {
    const { status } = await api.request({ method: "GET", path, token: tokenFor(session, changed) });
    if (status !== wanted) wrong.push(`${what} was answered ${status}, not ${wanted}`);
  }
  return wrong;
}

/** The newest document of every incident, in the shape of the cluster's own objects, oldest first. */
function incidentsIn(written: Amazon["written"]): readonly Loose[] {
  const newest = new Map<string, WrittenItem>();
  for (const item of written) if (item.kind === "Incident") newest.set(item.name, item);
  return [...newest.values()]
    .map(({ name, document }) => ({ metadata: { name }, spec: document, status: document }))
    .sort((one, other) => String(one.spec.openedAt).localeCompare(String(other.spec.openedAt)));
}
