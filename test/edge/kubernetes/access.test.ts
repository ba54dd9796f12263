import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { inClusterAccess } from "../../../src/edge/kubernetes/inCluster.ts";
import { type KubeconfigSettings, kubeconfigAccess, kubeconfigFiles } from "../../../src/edge/kubernetes/kubeconfig.ts";
import { mintLeaf, serve, serverCa, type TestServer, wallClock } from "./server.ts";

let folder: string;
let server: TestServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "access-"));
  server = await serve(() => ({}), { ca: serverCa.certificate, requestCert: true, rejectUnauthorized: false });
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const put = async (name: string, content: string): Promise<string> => {
  await mkdir(join(folder, name, ".."), { recursive: true });
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
const base64 = (content: string): string => Buffer.from(content).toString("base64");

describe("in the cluster", () => {
  const settings = () => ({ host: "127.0.0.1", port: server.url.port, clusterName: "c", folder, clock: wallClock });
  beforeEach(async () => {
    await put("ca.crt", serverCa.certificate);
    await put("token", "first\n");
    await put("namespace", "keda-medic");
  });

  test("the service account's files are all it takes", async () => {
    const access = await inClusterAccess(settings());
    expect(access).toMatchObject({ namespace: "keda-medic", clusterName: "c", insecureSkipTlsVerify: false });
    const client = kubeClient(access, { clock: wallClock });
    expect(await client.request({ method: "GET", path: "/api/v1/namespaces/keda/pods" })).toMatchObject({ ok: true });
    expect(server.received[0]?.headers.authorization).toBe("Bearer first");
    client.close();
  });

  test("the token is read again after a minute, not before, and at once when a fresh one is wanted", async () => {
    let now = 0;
    const access = await inClusterAccess({ ...settings(), clock: { now: () => now } });
    expect(await access.token()).toBe("first");
    await put("token", "second");
    now = 59_999;
    expect(await access.token()).toBe("first");
    now = 60_000;
    expect(await access.token()).toBe("second");
    await put("token", "third");
    expect(await access.token()).toBe("second");
    expect(await access.token("fresh")).toBe("third");
    expect(await access.token()).toBe("third");
  });

  test("what is missing is named", async () => {
    await expect(inClusterAccess({ ...settings(), host: undefined })).rejects.toMatchObject({
      code: "NotInCluster",
      message: expect.stringContaining("KUBERNETES_SERVICE_HOST"),
    });
    await rm(join(folder, "token"));
    const access = await inClusterAccess(settings());
    await expect(access.token()).rejects.toMatchObject({ code: "FileMissing" });
    await put("token", " ");
    await expect(access.token()).rejects.toMatchObject({ code: "Unreadable" });
    await rm(join(folder, "ca.crt"));
    await expect(inClusterAccess(settings())).rejects.toThrow(`CA file ${join(folder, "ca.crt")} does not exist`);
  });

  test("IPv6 addresses and the default port", async () => {
    const access = await inClusterAccess({ ...settings(), host: "fd00::1", port: undefined });
    expect(access.server.href).toBe("https://[fd00::1]/");
  });
});

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
}

/** YAML is a superset of JSON. */
const config = ({ cluster, user, context }: Parts, name = "main"): string =>
  JSON.stringify({
    "current-context": name,
    clusters: [
      {
        name: `${name}-cluster`,
        cluster: cluster ?? { server: server.url.href, "certificate-authority-data": base64(serverCa.certificate) },
      },
    ],
    users: [{ name: `${name}-user`, user: user ?? { token: "static" } }],
    contexts: [{ name, context: context ?? { cluster: `${name}-cluster`, user: `${name}-user`, namespace: "team" } }],
  });

const load = (files: readonly string[], more: Partial<KubeconfigSettings> = {}) =>
  kubeconfigAccess({ files, clock: wallClock, ...more });

/** What the API server saw of a request with this user. */
async function seenAs(user: object) {
  const access = await load([await put("config", config({ user }))]);
  const client = kubeClient(access, { clock: wallClock });
  const answer = await client.request({ method: "GET", path: "/api/v1/namespaces/keda/pods" });
  client.close();
  if (!answer.ok) throw new Error(answer.detail);
  const request = server.received.at(-1);
  const { authorization, "impersonate-user": as } = request?.headers ?? ({} as IncomingHttpHeaders);
  return { commonName: request?.client, authorization, as };
}

describe("kubeconfig", () => {
  test("context, namespace and names", async () => {
    const access = await load([await put("config", config({}))]);
    expect(access).toMatchObject({ clusterName: "main-cluster", namespace: "team", insecureSkipTlsVerify: false });
    const named = await load([await put("config", config({}))], { clusterName: "prod" });
    expect(named.clusterName).toBe("prod");
  });

  test("signs in with a token, and as somebody else", async () => {
    expect(await seenAs({ token: "static", as: "jane" })).toEqual({
      authorization: "Bearer static",
      as: "jane",
      commonName: undefined,
    });
  });

  test("signs in with a token file, relative to the kubeconfig, which comes before a token", async () => {
    await put("secrets/token", "from file");
    expect(await seenAs({ tokenFile: "secrets/token", token: "static" })).toMatchObject({
      authorization: "Bearer from file",
    });
  });

  test("signs in with client certificates, inline and as files", async () => {
    const { certificate, keyPem } = mintLeaf("jane");
    const inline = { "client-certificate-data": base64(certificate), "client-key-data": base64(keyPem) };
    expect(await seenAs(inline)).toMatchObject({ commonName: "jane", authorization: undefined });
    await put("jane.crt", certificate);
    await put("jane.key", keyPem);
    expect(await seenAs({ "client-certificate": "jane.crt", "client-key": join(folder, "jane.key") })).toMatchObject({
      commonName: "jane",
    });
  });

  test("merges files: the first that names a thing wins, and some may be missing", async () => {
    const one = await put("one", config({ cluster: { server: "https://one" } }));
    const two = await put("two", config({ cluster: { server: "https://two" } }));
    const three = await put("three", config({ cluster: { server: "https://three" } }, "other"));
    const files = kubeconfigFiles(["/nowhere", one, two, three].join(":"), "/home/x");
    expect((await load(files)).server.href).toBe("https://one/");
    expect((await load(files, { context: "other" })).server.href).toBe("https://three/");
  });

  test("is at home unless KUBECONFIG names files", () => {
    expect(kubeconfigFiles(undefined, "/home/x")).toEqual(["/home/x/.kube/config"]);
    expect(kubeconfigFiles("", "/home/x")).toEqual(["/home/x/.kube/config"]);
    expect(kubeconfigFiles("a::b", "/home/x")).toEqual(["a", "b"]);
    expect(kubeconfigFiles(undefined, undefined)).toEqual([]);
  });

  test("TLS settings and a proxy of its own", async () => {
    const cluster = {
      server: "https://x",
      "tls-server-name": "api.test",
      "insecure-skip-tls-verify": true,
      "proxy-url": "http://proxy:1",
    };
    const access = await load([await put("config", config({ cluster }))]);
    expect(access).toMatchObject({ serverName: "api.test", insecureSkipTlsVerify: true });
    expect(access.proxy?.href).toBe("http://proxy:1/");
  });

  test.each<[string, Parts, string]>([
    ["no server", { cluster: {} }, "cluster main-cluster names no server"],
    ["plain http", { cluster: { server: "http://api.example.com" } }, "only https is safe"],
    ["a password", { user: { username: "jane", password: "hunter2" } }, "Kubernetes has not accepted passwords"],
    ["groups", { user: { as: "x", "as-groups": ["admins"] } }, "impersonates groups"],
    ["no such user", { context: { cluster: "main-cluster", user: "joe" } }, "no user joe; those that exist: main-user"],
    ["no cluster", { context: { user: "main-user" } }, "no current cluster is set; those that exist: main-cluster"],
    [
      "a lost CA file",
      { cluster: { server: "https://x", "certificate-authority": "ca.pem" } },
      "ca.pem does not exist",
    ],
  ])("refuses %s in a sentence", async (_, parts, sentence) => {
    const failure = load([await put("config", config(parts))]);
    await expect(failure).rejects.toThrow(sentence);
    await expect(failure).rejects.not.toThrow("hunter2");
  });

  test("plain http is fine on this machine", async () => {
    const access = await load([await put("config", config({ cluster: { server: "http://localhost:8001" } }))]);
    expect(access.server.protocol).toBe("http:");
  });

  test("lists the contexts that exist", async () => {
    const files = [await put("one", config({})), await put("two", config({}, "other"))];
    await expect(load(files, { context: "prod" })).rejects.toThrow(
      "kubeconfig: there is no context prod; those that exist: main, other",
    );
    await expect(load([await put("empty", "{}")])).rejects.toThrow("no current context is set; those that exist: none");
  });

  test("says which file is missing, unreadable or no YAML, and quotes nothing of it", async () => {
    await expect(load([join(folder, "gone")])).rejects.toThrow(
      `kubeconfig file ${join(folder, "gone")} does not exist`,
    );
    await expect(load(["/nowhere", "/neither"])).rejects.toThrow("none of /nowhere, /neither exists");
    await expect(load([])).rejects.toMatchObject({ code: "FileMissing" });
    await expect(load([folder])).rejects.toMatchObject({ code: "Unreadable" });
    const broken = await put("broken", "users:\n- token: hunter2\n  {");
    await expect(load([broken])).rejects.toThrow(`${broken} is no YAML`);
    await expect(load([broken])).rejects.not.toThrow("hunter2");
    await expect(load([await put("text", "hello")])).rejects.toThrow("is no kubeconfig");
  });
});

describe("an exec plugin", () => {
  const script = async (body: string): Promise<string> => {
    const file = await put("bin/login.sh", `#!/bin/sh\n${body}\n`);
    await chmod(file, 0o755);
    return "bin/login.sh";
  };
  const credential = (more: object) =>
    JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: more });
  const exec = (command: string) => ({
    exec: { apiVersion: "client.authentication.k8s.io/v1", command, args: ["a"], env: null },
  });

  test("hands out tokens, is told what is expected, and is asked again for a fresh one", async () => {
    const count = join(folder, "count");
    const command = await script(
      `echo "$KUBERNETES_EXEC_INFO" > ${join(folder, "info")}; echo x >> ${count}; n=$(wc -l < ${count}); echo '${credential({ token: "t'$n'" })}'`,
    );
    const access = await load([await put("config", config({ user: exec(command) }))]);
    expect([await access.token(), await access.token(), await access.token("fresh")]).toEqual(["t1", "t1", "t2"]);
    const { readFile } = await import("node:fs/promises");
    expect(JSON.parse(await readFile(join(folder, "info"), "utf8"))).toMatchObject({ kind: "ExecCredential" });
  });

  test("hands out client certificates", async () => {
    const { certificate, keyPem } = mintLeaf("jane");
    const file = await put(
      "credential.json",
      credential({ clientCertificateData: certificate, clientKeyData: keyPem }),
    );
    expect(await seenAs(exec(await script(`cat ${file}`)))).toMatchObject({ commonName: "jane" });
  });

  test.each([
    ["that fails", "echo 'SSO session expired' >&2; exit 1", "failed: SSO session expired"],
    ["that says nothing of use", "echo hello", "failed: "],
  ])("%s is named with its reason", async (_, body, sentence) => {
    const failure = load([await put("config", config({ user: exec(await script(body)) }))]);
    await expect(failure).rejects.toMatchObject({ code: "PluginFailed" });
    await expect(failure).rejects.toThrow(sentence);
  });

  test("that is not installed is named", async () => {
    const failure = load([await put("config", config({ user: exec("no-such-login") }))]);
    await expect(failure).rejects.toThrow(
      "the exec plugin no-such-login of user main-user failed: there is no such program",
    );
  });
});
