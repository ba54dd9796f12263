import { delimiter, join } from "node:path";
import type { Clock } from "../../ports/clock.ts";
import { AccessError, type ClusterAccess } from "./access.ts";
import {
  type ClusterEntry,
  type Entry,
  inFolder,
  inlineOrFile,
  type Kubeconfig,
  readKubeconfig,
  type UserEntry,
} from "./kubeconfigFile.ts";
import { pluginLogin } from "./pluginLogin.ts";
import { chooseProxy, type ProxyEnvironment } from "./proxy.ts";
import { tokenFromFile } from "./tokenFile.ts";

export interface KubeconfigSettings {
  /** In order of precedence; see {@link kubeconfigFiles}. */
  readonly files: readonly string[];
  /** Default: the files' `current-context`. */
  readonly context?: string;
  /** Default: the name of the context's cluster. */
  readonly clusterName?: string;
  /** Used where the cluster has no `proxy-url` of its own. */
  readonly proxy?: ProxyEnvironment;
  readonly clock: Clock;
}

/** Files that `KUBECONFIG` names, else `~/.kube/config`. */
export function kubeconfigFiles(kubeconfig: string | undefined, home: string | undefined): string[] {
  const named = (kubeconfig ?? "").split(delimiter).filter((file) => file !== "");
  if (named.length > 0) return named;
  return home === undefined ? [] : [join(home, ".kube", "config")];
}

/** Access as a context of kubeconfig files says. Throws {@link AccessError}. */
export async function kubeconfigAccess(settings: KubeconfigSettings): Promise<ClusterAccess> {
  const config = await readKubeconfig(settings.files);
  const context = pick(config.contexts, settings.context ?? config.currentContext, "context");
  const cluster = pick(config.clusters, context.value.cluster, "cluster");
  const user = pick(config.users, context.value.user, "user");
  const base = await clusterPart(cluster, settings);
  const { namespace } = context.value;
  return {
    ...base,
    clusterName: settings.clusterName ?? cluster.name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(await userPart(user, base, settings.clock)),
  };
}

function pick<T>(
  entries: Kubeconfig["contexts"] | readonly Entry<T>[],
  name: string | undefined,
  what: string,
): Entry<T> {
  const found = (entries as readonly Entry<T>[]).find((entry) => entry.name === name);
  if (found !== undefined) return found;
  const names = entries.map((entry) => entry.name).join(", ") || "none";
  const asked = name === undefined ? `no current ${what} is set` : `there is no ${what} ${name}`;
  throw new AccessError("ContextMissing", `kubeconfig: ${asked}; those that exist: ${names}`);
}

type ClusterPart = Pick<ClusterAccess, "server" | "ca" | "serverName" | "insecureSkipTlsVerify" | "proxy">;

async function clusterPart(cluster: Entry<ClusterEntry>, { proxy }: KubeconfigSettings): Promise<ClusterPart> {
  const { value } = cluster;
  const server = serverUrl(cluster);
  const through = chooseProxy(server, value["proxy-url"], proxy);
  const ca = await inlineOrFile(cluster, {
    data: value["certificate-authority-data"],
    file: value["certificate-authority"],
    what: `CA file of cluster ${cluster.name}`,
  });
  return {
    server,
    insecureSkipTlsVerify: value["insecure-skip-tls-verify"] === true,
    ...(ca === undefined ? {} : { ca }),
    ...(value["tls-server-name"] === undefined ? {} : { serverName: value["tls-server-name"] }),
    ...(through === undefined ? {} : { proxy: through }),
  };
}

function serverUrl({ name, value }: Entry<ClusterEntry>): URL {
  const server = URL.parse(value.server ?? "");
  if (server === null) throw new AccessError("Incomplete", `kubeconfig: cluster ${name} names no server`);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(server.hostname);
  if (server.protocol === "https:" || (server.protocol === "http:" && loopback)) return server;
  throw new AccessError(
    "Unsupported",
    `kubeconfig: the server of cluster ${name} is ${server.href}: only https is safe`,
  );
}

type UserPart = Pick<ClusterAccess, "clientCertificate" | "clientKey" | "headers" | "token">;

async function userPart(user: Entry<UserEntry>, cluster: ClusterPart, clock: Clock): Promise<UserPart> {
  const { value } = user;
  const clientCertificate = await inlineOrFile(user, {
    data: value["client-certificate-data"],
    file: value["client-certificate"],
    what: `client certificate of user ${user.name}`,
  });
  const clientKey = await inlineOrFile(user, {
    data: value["client-key-data"],
    file: value["client-key"],
    what: `client key of user ${user.name}`,
  });
  return {
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
    ...impersonation(user),
    ...(await login(user, cluster, clock)),
  };
}

/** kubectl's order: a token file before a token, both before plugins. */
async function login(user: Entry<UserEntry>, cluster: ClusterPart, clock: Clock): Promise<UserPart> {
  const { token, tokenFile, username, exec } = user.value;
  if (tokenFile !== undefined) return { token: tokenFromFile(inFolder(user, tokenFile), clock) };
  if (token !== undefined) return { token: async () => token };
  if (exec !== undefined || user.value["auth-provider"] !== undefined) return pluginLogin(user, cluster.server);
  if (username === undefined) return { token: async () => undefined };
  const why = "Kubernetes has not accepted passwords since 1.19";
  throw new AccessError("Unsupported", `kubeconfig: user ${user.name} signs in with a password: ${why}`);
}

function impersonation({ name, value }: Entry<UserEntry>): Pick<ClusterAccess, "headers"> {
  if (value["as-groups"] !== undefined)
    throw new AccessError("Unsupported", `kubeconfig: user ${name} impersonates groups (as-groups): not supported`);
  return value.as === undefined ? {} : { headers: { "impersonate-user": value.as } };
}
