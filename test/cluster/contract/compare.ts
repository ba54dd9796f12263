import type { Role, World } from "../../../src/sandbox/world.ts";
import { type Api, type ApiAnswer, connectApi, type Loose } from "../api/client.ts";
import { type Case, cases, type Known } from "./cases.ts";
import { tunnels, tunnelTo } from "./tunnel.ts";

const roles: readonly Role[] = ["respond", "restart", "admin", "nobody"];

/** An answer as far as two API servers must agree: statuses, and every word of a refusal. */
export interface Answered {
  readonly status: number;
  readonly kind: string;
  readonly message: string;
  readonly reason: string;
  readonly details: string;
}

export interface Difference {
  readonly name: string;
  readonly real: Answered;
  readonly sandbox: Answered;
}

export type Expire = (admin: Api, token: string) => Promise<string>;

/** Makes every call of the contract. `expire` turns a good continue token into one that is too old. */
export async function answersOf(world: World, expire: Expire): Promise<ReadonlyMap<string, Answered>> {
  const apis = new Map<string, Api>();
  for (const role of roles) apis.set(role, connectApi(await world.kubeconfig(role)));
  const admin = apis.get("admin");
  if (admin === undefined) throw new Error("no administrator");
  apis.set("stranger", connectApi({ ...admin.connection, token: "nobody-has-this-token" }));
  try {
    const known = await knownIn(admin, expire);
    const answers = new Map<string, Answered>();
    for (const one of cases) answers.set(one.name, await answerOf(apis, one, known));
    for (const { name, as, path } of tunnels)
      answers.set(name, opened(await tunnelTo(find(apis, as).connection, path(known)), known));
    return answers;
  } finally {
    for (const api of apis.values()) api.close();
  }
}

async function knownIn(admin: Api, expire: Expire): Promise<Known> {
  const pods = await admin.list("/api/v1/namespaces/keda/pods");
  const firstPage = "/api/v1/namespaces/keda/pods?limit=1";
  const expired = encodeURIComponent(await expire(admin, (await admin.get(firstPage)).metadata.continue));
  const page = await admin.get(firstPage);
  const deployment = await admin.get("/apis/apps/v1/namespaces/keda/deployments/keda-metrics-apiserver");
  const next = encodeURIComponent(page.metadata.continue);
  const metric = "s0-metric-api-value";
  const pod = pods.find(({ metadata }) => metadata.labels?.app === "keda-metrics-apiserver");
  return { pod, deployment, metric, next, expired };
}

function find(apis: ReadonlyMap<string, Api>, name: Case["as"]): Api {
  const api = apis.get(name);
  if (api === undefined) throw new Error(`nobody is called ${name}`);
  return api;
}

const answerOf = async (apis: ReadonlyMap<string, Api>, one: Case, known: Known): Promise<Answered> =>
  normal(await find(apis, one.as).request(one.call(known)), known);

/** Of a tunnel that stands, its first bytes count, too. */
const opened = (answer: ApiAnswer, known: Known): Answered =>
  answer.status === 101
    ? { ...normal({ ...answer, status: 200 }, known), status: 101, message: answer.text }
    : normal(answer, known);

function normal({ status, body, text }: ApiAnswer, known: Known): Answered {
  const refused = status >= 300;
  const clean = (words: string): string =>
    words
      .replaceAll(known.pod.metadata.name, "POD")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
      .replace(/resourceVersion: \d+|\b\d{2,}\b/g, "N");
  return {
    status,
    kind: String(body?.kind ?? "text"),
    message: refused ? clean(String(body?.message ?? text.trim())) : "",
    reason: refused ? String(body?.reason ?? "") : "",
    details: refused ? clean(sorted(body?.details)) : "",
  };
}

const sorted = (value: Loose): string =>
  value === undefined ? "" : JSON.stringify(Object.fromEntries(Object.entries(value).sort()));

export function compare(
  real: ReadonlyMap<string, Answered>,
  sandbox: ReadonlyMap<string, Answered>,
): readonly Difference[] {
  return [...real].flatMap(([name, answer]) => {
    const other = sandbox.get(name);
    return other === undefined || JSON.stringify(other) === JSON.stringify(answer)
      ? []
      : [{ name, real: answer, sandbox: other }];
  });
}

const say = ({ status, kind, reason, message, details }: Answered): string =>
  `${status} ${kind} ${reason} ${JSON.stringify(message)} ${details}`;

export const describe = ({ name, real, sandbox }: Difference): string =>
  `${name}:\n      real     ${say(real)}\n      sandbox  ${say(sandbox)}`;
