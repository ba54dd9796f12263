import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { minutes, seconds } from "../../../src/core/instant.ts";
import { defaultPolicy } from "../../../src/core/policy.ts";
import { policyNumbers } from "../../../src/edge/config/policy.ts";
import { variables } from "../../../src/edge/config/variables.ts";
import { readEnvironment } from "../../../src/edge/config.ts";
import { configOf, problemsOf } from "../../builders/config.ts";
import { temporaryFolder } from "../../builders/temporary.ts";

type Env = Readonly<Record<string, string | undefined>>;

test("an empty environment gives the documented defaults and observes only", () => {
  expect(configOf({})).toEqual({
    port: 8080,
    logLevel: "info",
    policy: defaultPolicy,
    store: "kubernetes",
    namespace: "keda-medic",
    installed: { incidentTtl: 2_592_000_000, kubernetesEvents: true, lease: "keda-medic" },
    instance: "keda-medic",
    cluster: {},
    readSecret: true,
    sweep: minutes(5),
  });
});

test("a variable that is blank counts as unset: Helm writes empty strings", () => {
  expect(configOf({ KEDA_MEDIC_MODE: "", KEDA_MEDIC_SINK: "  ", PORT: "" })).toEqual(configOf({}));
});

const settings: readonly [Env, object][] = [
  [
    { PORT: "0", HOST: "127.0.0.1" },
    { port: 0, host: "127.0.0.1" },
  ],
  [{ HOST: "::" }, { host: "::" }],
  [{ LOG_LEVEL: "DEBUG" }, { logLevel: "info" }],
  [{ LOG_LEVEL: "warning" }, { logLevel: "warn" }],
  [{ KEDA_MEDIC_STORE: "memory" }, { store: "memory" }],
  [{ POD_NAMESPACE: "ops" }, { namespace: "ops" }],
  [{ POD_NAMESPACE: "ops", KEDA_MEDIC_NAMESPACE: "medic" }, { namespace: "medic" }],
  [{ KEDA_MEDIC_KEDA_NAMESPACE: "keda" }, { kedaNamespace: "keda" }],
  [{ HOSTNAME: "host" }, { instance: "host" }],
  [{ HOSTNAME: "host", POD_NAME: "pod" }, { instance: "pod" }],
  [{ KEDA_MEDIC_READ_SECRET: "False" }, { readSecret: false }],
  [{ KEDA_MEDIC_SWEEP: "1m30s" }, { sweep: seconds(90) }],
  [{ KEDA_MEDIC_TOKEN: "0123456789abcdef" }, { token: "0123456789abcdef" }],
  [{ K_SINK: "http://broker/x" }, { sink: { url: "http://broker/x", extensions: {} } }],
  [
    { K_SINK: "http://broker", KEDA_MEDIC_SINK: "https://sink:8443/in" },
    { sink: { url: "https://sink:8443/in", extensions: {} } },
  ],
  [
    {
      K_SINK: "https://broker",
      K_CE_OVERRIDES: '{"extensions":{"team":"sre"}}',
      K_CA_CERTS: "-----BEGIN CERTIFICATE-----\nx",
    },
    { sink: { url: "https://broker", extensions: { team: "sre" }, caCerts: "-----BEGIN CERTIFICATE-----\nx" } },
  ],
  [{ K_SINK: "http://b" }, { sink: { tokenFile: { path: "/oidc/token", optional: true } } }],
  [
    { K_SINK: "http://b", KEDA_MEDIC_SINK_TOKEN_FILE: "/t" },
    { sink: { url: "http://b", tokenFile: { path: "/t", optional: false } } },
  ],
  [
    { KEDA_MEDIC_SINK: "http://a", KEDA_MEDIC_SINK_TOKEN_FILE: "/t" },
    { sink: { url: "http://a", tokenFile: { path: "/t", optional: false } } },
  ],
  [
    { KEDA_MEDIC_SINK: "http://a", KEDA_MEDIC_SINK_TOKEN: "12345678" },
    { sink: { url: "http://a", token: "12345678" } },
  ],
  [{ K_SINK: "http://b", K_CE_OVERRIDES: "{}" }, { sink: { url: "http://b", extensions: {} } }],
  [
    {
      KEDA_MEDIC_CLUSTER: "prod_EU-1",
      KUBECONFIG: "/a:/b",
      HOME: "/root",
      KUBERNETES_SERVICE_HOST: "10.0.0.1",
      KUBERNETES_SERVICE_PORT: "6443",
    },
    {
      cluster: {
        name: "prod_EU-1",
        kubeconfig: "/a:/b",
        home: "/root",
        apiServer: { host: "10.0.0.1", port: 6443 },
      },
    },
  ],
  [
    { KEDA_MEDIC_WATCH: "true", KEDA_MEDIC_LEASE: "two", KEDA_MEDIC_INCIDENT_TTL: "7d" },
    { installed: { watch: true, lease: "two", incidentTtl: 604_800_000 } },
  ],
  [
    {
      KEDA_MEDIC_OIDC_AUDIENCE: "keda-medic",
      KEDA_MEDIC_OIDC_CALLERS: "system:serviceaccount:a:b, system:serviceaccount:c:d-oidc-eventing.knative.dev-trigger",
      KEDA_MEDIC_KUBERNETES_EVENTS: "false",
    },
    {
      installed: {
        callers: {
          audience: "keda-medic",
          users: ["system:serviceaccount:a:b", "system:serviceaccount:c:d-oidc-eventing.knative.dev-trigger"],
        },
        kubernetesEvents: false,
      },
    },
  ],
  [{ KUBERNETES_SERVICE_HOST: "fd00::1" }, { cluster: { apiServer: { host: "fd00::1", port: 443 } } }],
];

test.each(settings)("%j is understood", (env, expected) => {
  expect(configOf(env)).toMatchObject(expected);
});

const policies: readonly [Env, object][] = [
  [{ KEDA_MEDIC_MODE: "act" }, { mode: "act" }],
  [{ KEDA_MEDIC_RESTART_ON_LATENT: "true" }, { restartOnLatent: true }],
  [{ KEDA_MEDIC_RESTART_ON_STUCK_CONNECTION: "true" }, { restartOnStuckConnection: true }],
  [{ KEDA_MEDIC_END_STALE_PODS_EARLY: "true" }, { endStalePodsEarly: true }],
  [{ KEDA_MEDIC_MAINTENANCE_WINDOW: "22:00-04:30" }, { maintenanceWindow: { from: 1320, to: 270 } }],
  [{ KEDA_MEDIC_MAINTENANCE_WINDOW: "00:30 - 24:00" }, { maintenanceWindow: { from: 30, to: 1440 } }],
  [{ KEDA_MEDIC_RESTARTS_PER_HOUR: "1" }, { restartsPerHour: 1 }],
  [{ KEDA_MEDIC_CLOCK_SKEW: "0s" }, { clockSkew: 0 }],
];

test.each(policies)("%j changes the policy and nothing else", (env, expected) => {
  expect(configOf(env)).toEqual({ ...configOf({}), policy: { ...defaultPolicy, ...expected } });
});

test.each(Object.entries(policyNumbers))(
  "%s has its variable, which takes the default and refuses nonsense",
  (name, [variable]) => {
    const byDefault = defaultPolicy[name as keyof typeof policyNumbers];
    const text = variable.includes("RESTARTS") || variable.includes("GENERATIONS") ? "6" : `${byDefault / 1000 + 1}s`;
    const value = text === "6" ? 6 : byDefault + 1000;
    expect(configOf({ [variable]: text }).policy).toEqual({ ...defaultPolicy, [name]: value });
    for (const nonsense of ["-1", "99999999d", "soon"]) {
      expect(problemsOf({ [variable]: nonsense })).toEqual([expect.stringContaining(`${variable} is "${nonsense}"`)]);
    }
  },
);

const wrongs: readonly [Env, string][] = [
  [{ PORT: "80a" }, 'PORT is "80a": set it to a whole number from 0 to 65535'],
  [{ PORT: "70000" }, "PORT is"],
  [{ HOST: "a b" }, "HOST is"],
  [{ LOG_LEVEL: "loud" }, "LOG_LEVEL is"],
  [{ KEDA_MEDIC_MODE: "Act" }, 'KEDA_MEDIC_MODE is "Act": set it to one of observe, approve, act'],
  [{ KEDA_MEDIC_READ_SECRET: "yes" }, "set it to true or false"],
  [{ KEDA_MEDIC_NAMESPACE: "Upper" }, "KEDA_MEDIC_NAMESPACE is"],
  [{ KEDA_MEDIC_NAMESPACE: "a".repeat(64) }, "KEDA_MEDIC_NAMESPACE is"],
  [{ KEDA_MEDIC_CLUSTER: "a/b" }, "KEDA_MEDIC_CLUSTER is"],
  [{ KEDA_MEDIC_SINK: "broker:80" }, "an absolute http:// or https:// address"],
  [{ KEDA_MEDIC_SINK: "http://me:pass@broker" }, "take them out"],
  [{ K_CE_OVERRIDES: "{" }, "K_CE_OVERRIDES must be JSON"],
  [{ K_CE_OVERRIDES: '{"extensions":{"Upper":"x"}}' }, "K_CE_OVERRIDES must be JSON"],
  [{ K_CE_OVERRIDES: '{"extensions":{"n":1}}' }, "K_CE_OVERRIDES must be JSON"],
  [{ K_CE_OVERRIDES: "null" }, "K_CE_OVERRIDES must be JSON"],
  [{ K_CA_CERTS: "ca.crt" }, "K_CA_CERTS must be PEM"],
  [{ KEDA_MEDIC_LEASE: "Not A Name" }, "KEDA_MEDIC_LEASE must be the name of an object"],
  [{ KEDA_MEDIC_INCIDENT_TTL: "1s" }, "KEDA_MEDIC_INCIDENT_TTL is"],
  [{ KEDA_MEDIC_OIDC_AUDIENCE: "a b" }, "KEDA_MEDIC_OIDC_AUDIENCE must be one word"],
  [{ KEDA_MEDIC_OIDC_AUDIENCE: "a" }, "KEDA_MEDIC_OIDC_CALLERS must name who may call"],
  [{ KEDA_MEDIC_OIDC_CALLERS: "system:serviceaccount:a:b" }, "KEDA_MEDIC_OIDC_AUDIENCE must say for whom"],
  [
    {
      KEDA_MEDIC_OIDC_AUDIENCE: "a",
      KEDA_MEDIC_OIDC_CALLERS: "system:serviceaccount:a:b",
      KEDA_MEDIC_TOKEN: "0123456789abcdef",
    },
    "KEDA_MEDIC_TOKEN and KEDA_MEDIC_OIDC_AUDIENCE exclude each other",
  ],
  [{ KEDA_MEDIC_SWEEP: "5" }, "a duration such as 90s, 5m or 24h, from 10s to 1h"],
  [{ KEDA_MEDIC_SYMPTOM_FRESH: "2m" }, "from 150s to 1h"],
  [{ KEDA_MEDIC_MAINTENANCE_WINDOW: "22:00" }, "two different times of day in UTC"],
  [{ KEDA_MEDIC_MAINTENANCE_WINDOW: "22:00-25:00" }, "two different times of day in UTC"],
  [{ KEDA_MEDIC_MAINTENANCE_WINDOW: "00:00-24:00" }, "two different times of day in UTC"],
  [{ KEDA_MEDIC_MAINTENANCE_WINDOW: "01:00-02:00-03:00" }, "two different times of day in UTC"],
  [{ KEDA_MEDIC_WAIT_DEADLINE: "90s" }, "KEDA_MEDIC_WAIT_DEADLINE must be longer than KEDA_MEDIC_PROPAGATION (90s)"],
  [{ KEDA_MEDIC_MDOE: "act" }, "KEDA_MEDIC_MDOE is not known: did you mean KEDA_MEDIC_MODE?"],
  [
    { KEDA_MEDIC_SINK: "http://a", KEDA_MEDIC_SINK_TOKEN: "short" },
    "KEDA_MEDIC_SINK_TOKEN must be 8 to 4096 characters",
  ],
  [{ KEDA_MEDIC_SINK: "http://a", KEDA_MEDIC_SINK_TOKEN_FILE: "t" }, "must be the absolute path of a file"],
  [{ K_SINK: "http://b", KEDA_MEDIC_SINK_TOKEN: "12345678" }, "KEDA_MEDIC_SINK_TOKEN needs KEDA_MEDIC_SINK"],
  [{ KEDA_MEDIC_SINK_TOKEN_FILE: "/t" }, "KEDA_MEDIC_SINK_TOKEN_FILE needs KEDA_MEDIC_SINK or K_SINK"],
  [
    { KEDA_MEDIC_SINK: "http://a", KEDA_MEDIC_SINK_TOKEN: "12345678", KEDA_MEDIC_SINK_TOKEN_FILE: "/t" },
    "KEDA_MEDIC_SINK_TOKEN and KEDA_MEDIC_SINK_TOKEN_FILE exclude each other",
  ],
  [{ KEDA_MEDIC_TOKEN: "short" }, "KEDA_MEDIC_TOKEN must be 16 to 512 characters"],
];

test.each(wrongs)("%j is refused with what to do", (env, words) => {
  expect(problemsOf(env)[0]).toContain(words);
});

test("a token goes to the one sink that it is for: not a caller's token, nor a SinkBinding's, to an address of our own", () => {
  const env = { K_SINK: "http://bound", KEDA_MEDIC_SINK: "http://own", KEDA_MEDIC_TOKEN: "0123456789abcdef" };
  expect(configOf(env).sink).toEqual({ url: "http://own", extensions: {} });
});

test("everything that is wrong is said at once", () => {
  const env = { PORT: "x", KEDA_MEDIC_MODE: "x", KEDA_MEDIC_COOL_DOWN: "x", KEDA_MEDIC_X: "1", K_SINK: "x" };
  const named = problemsOf(env).map((line) => line.split(" ")[0]);
  expect(named.sort()).toEqual(Object.keys(env).sort());
});

test("a secret is never repeated in a problem", () => {
  const token = "hunter2 hunter2 hunter2";
  const secrets = { KEDA_MEDIC_TOKEN: token, KEDA_MEDIC_SINK_TOKEN: token, OTEL_EXPORTER_OTLP_HEADERS: token };
  const env = { ...secrets, KEDA_MEDIC_SINK: "http://a", KEDA_MEDIC_TOKNE: token };
  expect(problemsOf(env)).toHaveLength(4);
  expect(JSON.stringify(problemsOf(env))).not.toContain("hunter2");
});

test("what kubelet injects for Services named keda-medic is nobody's typo", () => {
  const links = {
    KEDA_MEDIC_SERVICE_HOST: "10.0.0.1",
    KEDA_MEDIC_SERVICE_PORT: "80",
    KEDA_MEDIC_SERVICE_PORT_HTTP: "80",
    KEDA_MEDIC_PORT: "tcp://10.0.0.1:80",
    KEDA_MEDIC_PORT_80_TCP: "tcp://10.0.0.1:80",
    KEDA_MEDIC_PORT_80_TCP_PROTO: "tcp",
    KEDA_MEDIC_PORT_80_TCP_PORT: "80",
    KEDA_MEDIC_PORT_80_TCP_ADDR: "10.0.0.1",
    KEDA_MEDIC_RESPOND_SERVICE_HOST: "10.0.0.2",
    KEDA_MEDIC_RESPOND_PORT: "tcp://10.0.0.2:80",
  };
  expect(problemsOf(links)).toEqual([]);
  expect(problemsOf({ KEDA_MEDIC_PORT: "8080" })).toEqual([expect.stringContaining("KEDA_MEDIC_PORT is not known")]);
});

test("the manual's list holds exactly the variables that are read", () => {
  const asked = new Set<string>();
  const spy = new Proxy<Env>(
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://c" },
    { get: (env, name) => (typeof name === "string" && asked.add(name) ? env[name] : undefined) },
  );
  configOf(spy);
  expect([...asked].sort()).toEqual(Object.keys(variables).sort());
});

describe("readEnvironment", () => {
  const file = join(temporaryFolder(), "namespace");
  writeFileSync(file, "from-file\n");

  test("takes the Pod's namespace from the service account when nothing else says it", () => {
    expect(readEnvironment(file).POD_NAMESPACE).toBe("from-file");
    expect(readEnvironment("/does/not/exist").POD_NAMESPACE).toBeUndefined();
  });

  test("POD_NAMESPACE wins over the file, and is handed on with everything else", () => {
    process.env.POD_NAMESPACE = "from-env";
    try {
      expect(readEnvironment(file)).toEqual({ ...process.env, POD_NAMESPACE: "from-env" });
    } finally {
      delete process.env.POD_NAMESPACE;
    }
  });
});
