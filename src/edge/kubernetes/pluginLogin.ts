import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { codeOf, messageOf } from "../../core/thrown.ts";
import { AccessError, type ClusterAccess } from "./access.ts";
import { type Entry, inFolder, type UserEntry } from "./kubeconfigFile.ts";

/** A login may wait for a person in a browser. */
const LONGEST = 60_000;

type Login = Pick<ClusterAccess, "clientCertificate" | "clientKey" | "token">;

/**
 * Users that sign in through a program (`exec`) or an auth provider (OIDC): rare, so `@kubernetes/client-node` does it and is loaded only here.
 * A client certificate that a program hands out is kept for the life of the process; a token is asked for again.
 * Throws {@link AccessError}.
 */
export async function pluginLogin(user: Entry<UserEntry>, server: URL): Promise<Login> {
  let config = await newConfig(user, server);
  const first = await signIn(config, user);
  return {
    ...(first.cert === undefined ? {} : { clientCertificate: first.cert as string | Buffer }),
    ...(first.key === undefined ? {} : { clientKey: first.key as string | Buffer }),
    async token(how = "cached") {
      // A new configuration has an empty cache of tokens.
      if (how === "fresh") config = await newConfig(user, server);
      return bearer(await signIn(config, user));
    },
  };
}

async function newConfig(user: Entry<UserEntry>, server: URL): Promise<KubeConfig> {
  const { newKubeConfig } = await import("./loginConfig.ts");
  const config = newKubeConfig();
  const login = { name: user.name, exec: program(user), authProvider: user.value["auth-provider"] };
  config.loadFromClusterAndUser({ name: "cluster", server: server.href, skipTLSVerify: false }, login);
  return config;
}

/** As kubectl runs it: a command with a folder in it begins at its file's folder, and the program is told what is expected. */
function program(user: Entry<UserEntry>): UserEntry["exec"] {
  const { exec } = user.value;
  if (exec === undefined) return undefined;
  const { command = "", apiVersion, env } = exec;
  const expected = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const info = { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(expected) };
  return {
    ...exec,
    command: command.includes("/") ? inFolder(user, command) : command,
    env: [...(Array.isArray(env) ? env : []), info],
  };
}

async function signIn(config: KubeConfig, user: Entry<UserEntry>): Promise<RequestOptions> {
  const options: RequestOptions = {};
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LONGEST / 1000} s`)), LONGEST);
  });
  try {
    await Promise.race([config.applyToHTTPSOptions(options), tooLate]);
  } catch (error) {
    throw failed(user, error);
  } finally {
    clearTimeout(timer);
  }
  return options;
}

function failed({ name, value }: Entry<UserEntry>, error: unknown): AccessError {
  const what = value.exec
    ? `the exec plugin ${value.exec.command}`
    : `the auth provider ${value["auth-provider"]?.name}`;
  const why =
    codeOf(error) === "ENOENT"
      ? "there is no such program"
      : messageOf(error).trim().split("\n", 1)[0] || "no reason given";
  return new AccessError("PluginFailed", `kubeconfig: ${what} of user ${name} failed: ${why}`);
}

function bearer(options: RequestOptions): string | undefined {
  const headers = options.headers as Readonly<Record<string, unknown>> | undefined;
  const header = headers?.["Authorization"];
  return typeof header === "string" ? header.replace(/^Bearer /, "") : undefined;
}
