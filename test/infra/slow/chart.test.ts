import { beforeAll, describe, expect, test } from "@jest/globals";
import { kubeVersion } from "../../../scripts/render/helm.mjs";
import { rendered } from "../../../scripts/render.mjs";
import { parseConfig } from "../../../src/edge/config.ts";
import {
  approverRules,
  type Grants,
  type KedaNames,
  rulesFor,
  type Wanted,
  yamlNames,
} from "../../../src/edge/kubernetes/rbac.ts";
import { builtHelm, chart, type Helm, set } from "../tools/helm.ts";
import { containersOf, environmentOf, type Loose, named, objects, ofKind, read } from "../tools/objects.ts";
import { byDefault, comparable, expectSame, given, merge, rolesNamed, scopes, triples } from "../tools/rights.ts";

/** Where a manifest has the number 2024 or 2025 in a place of a string. */
function* numbersNamed(part: Loose, path = ""): Generator<string> {
  if (part === 2024 || part === 2025) yield path;
  if (typeof part !== "object" || part === null) return;
  for (const [key, inner] of Object.entries<Loose>(part)) yield* numbersNamed(inner, `${path}.${key}`);
}

let helm: Helm;
beforeAll(async () => {
  // The first build takes about two minutes on two cores.
  helm = await builtHelm();
}, 900_000);

test("helm lint has nothing to say against the chart, with either host", () => {
  for (const host of ["deployment", "knative"]) {
    const { code, stdout } = helm.lint(...set(`host=${host}`));
    expect([code, stdout.includes("0 chart(s) failed")]).toEqual([0, true]);
  }
});

test("every generated file is as the chart renders it (npm run render)", async () => {
  for (const [path, text] of Object.entries(await rendered(helm.path)))
    expect([path, read(path)]).toEqual([path, text]);
});

describe("rights over a matrix of values", () => {
  const hosts = ["deployment", "knative"] as const;
  const modes = ["observe", "act"] as const;
  const kedas = [
    { values: [], names: { ...yamlNames, metricsApiserver: "keda-operator-metrics-apiserver" }, namespace: "keda" },
    { values: ["keda.installedWith=yaml", "keda.namespace=scaling"], names: yamlNames, namespace: "scaling" },
    {
      values: ["keda.operator=op", "keda.metricsApiserver=ma", "keda.secret=certs"],
      names: { ...yamlNames, operator: "op", metricsApiserver: "ma", secret: "certs" },
      namespace: "keda",
    },
  ];
  const rights: readonly { readonly values: readonly string[]; readonly wanted: Partial<Wanted> }[] = [
    { values: [], wanted: {} },
    { values: ["keda.certificates=keda"], wanted: { readSecret: true } },
    { values: ["keda.certificates=keda", "rights.secret=false"], wanted: {} },
    {
      values: ["rights.secret=true", "policy.endStalePodsEarly=true"],
      wanted: { readSecret: true, endStalePodsEarly: true },
    },
    {
      values: ["rights.portForward=true", "kubernetesEvents=false"],
      wanted: { portForward: true, kubernetesEvents: false },
    },
    { values: ["rights.unboundRoles=true", "lease=other"], wanted: { ownLease: "other" } },
  ];
  const matrix = hosts.flatMap((host) =>
    modes.flatMap((mode) => kedas.flatMap((keda) => rights.map((right) => ({ host, mode, keda, right })))),
  );
  const needed = (host: string, names: KedaNames, wanted: Wanted): Readonly<Record<string, Grants>> => ({
    "keda-medic-respond":
      host === "deployment"
        ? rulesFor("watch", names, wanted)
        : merge(rulesFor("respond", names, wanted), rulesFor("sweep", names, wanted)),
    "keda-medic-restart": rulesFor("restart", names, wanted),
  });

  test.each(matrix)("$host $mode $keda.values $right.values: as the code needs", ({ host, mode, keda, right }) => {
    const all = helm.objects(...set(`host=${host}`, `mode=${mode}`, ...keda.values, ...right.values));
    const wanted = { ...byDefault, ...right.wanted };
    for (const [account, need] of Object.entries(needed(host, keda.names, wanted)))
      expectSame(given(all, account, keda.namespace), need);
    for (const container of containersOf(all)) {
      const parsed = parseConfig(environmentOf(container));
      expect(parsed).toMatchObject({
        ok: true,
        config: { readSecret: wanted.readSecret, kedaNamespace: keda.namespace, policy: { mode } },
      });
    }
  });

  test("with OIDC every function asks for a token, and only its own callers may post", () => {
    const all = helm.objects(...set("host=knative", "knative.oidc.enabled=true"));
    expect(triples(given(all, "keda-medic-respond").cluster)).toContain("create authentication.k8s.io/tokenreviews *");
    const callers = containersOf(all).map((container) => environmentOf(container)["KEDA_MEDIC_OIDC_CALLERS"]);
    expect(callers).toEqual([
      "system:serviceaccount:keda-medic:keda-medic-respond-oidc-eventing.knative.dev-trigger",
      "system:serviceaccount:keda-medic:keda-medic-restart-oidc-eventing.knative.dev-trigger",
      [
        "system:serviceaccount:keda-medic:keda-medic-due-oidc-sources.knative.dev-pingsource",
        "system:serviceaccount:keda-medic:keda-medic-sweep-oidc-sources.knative.dev-pingsource",
      ].join(),
    ]);
    for (const trigger of ofKind(all, "Trigger")) expect(trigger.spec.subscriber.audience).toBe("keda-medic");
    expect(named(all, "PingSource", "keda-medic-sweep").spec.sink.audience).toBe("keda-medic");
  });
});

describe("values reach what they are about", () => {
  test("every policy value, in a form that the program takes", () => {
    const policy = JSON.parse(read("infra/helm/keda-medic/values.schema.json")).properties.policy.properties as object;
    const values = Object.entries(policy).map(([key, { default: value = "22:00-04:00" }]) => `policy.${key}=${value}`);
    for (const container of containersOf(helm.objects(...set(...values)))) {
      const env = environmentOf(container);
      expect(Object.keys(env).length).toBeGreaterThan(values.length);
      expect(parseConfig(env)).toMatchObject({ ok: true });
    }
  });

  test("digest before tag, priority, pull secrets, labels, topology, more environment", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const all = helm.objects(
      ...set(`image.digest=${digest}`, "image.repository=r.example/medic", "image.tag=ignored"),
      ...set("priorityClassName=high", "image.pullSecrets[0].name=pull", "labels.team=platform"),
      ...set("podLabels.mesh=off", "podAnnotations.note=x", "annotations.owner=me"),
      ...set("topologySpread.topologyKey=topology.kubernetes.io/zone", "extraEnv[0].name=TZ", "extraEnv[0].value=UTC"),
    );
    const { spec, metadata } = named(all, "Deployment", "keda-medic-respond");
    expect(metadata).toMatchObject({ labels: { team: "platform" }, annotations: { owner: "me" } });
    expect(spec.template.metadata).toMatchObject({ labels: { mesh: "off" }, annotations: { note: "x" } });
    expect(spec.template.spec).toMatchObject({
      priorityClassName: "high",
      imagePullSecrets: [{ name: "pull" }],
      topologySpreadConstraints: [{ topologyKey: "topology.kubernetes.io/zone" }],
      containers: [{ image: `r.example/medic@${digest}`, env: expect.arrayContaining([{ name: "TZ", value: "UTC" }]) }],
    });
    for (const {
      kind,
      metadata: { labels },
    } of all)
      expect([kind, labels?.["team"]]).toEqual([kind, "platform"]);
  });

  test("traces: the collector is in the environment and reachable through the NetworkPolicy", () => {
    const values = ["otlp.endpoint=https://otel.example:4318", "otlp.headersSecret.name=otel"];
    const all = helm.objects(...set(...values, "otlp.resourceAttributes.deployment=a b\\,c"));
    const [container] = containersOf(all);
    expect(container?.env).toContainEqual({ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "https://otel.example:4318" });
    expect(container?.env).toContainEqual({ name: "OTEL_RESOURCE_ATTRIBUTES", value: "deployment=a%20b%2Cc" });
    expect(container?.env).toContainEqual({
      name: "OTEL_EXPORTER_OTLP_HEADERS",
      valueFrom: { secretKeyRef: { name: "otel", key: "headers" } },
    });
    expect(JSON.stringify(named(all, "NetworkPolicy", "keda-medic").spec.egress)).toContain('"port":4318');
  });

  test("approvers are bound in all three places", () => {
    const all = helm.objects(...set("approvers[0].kind=Group", "approvers[0].name=sre"));
    const bindings = ofKind(all, "RoleBinding", "ClusterRoleBinding").filter(
      ({ roleRef }) => roleRef?.name === "keda-medic-approver",
    );
    expect(bindings.map(({ metadata }) => metadata.namespace)).toEqual(
      expect.arrayContaining([undefined, "keda", "keda-medic"]),
    );
    for (const { subjects } of bindings)
      expect(subjects).toEqual([{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "sre" }]);
  });

  test.each([
    [[], false],
    [["keda.certificates=keda"], true],
    [["keda.certificates=keda", "rights.secret=false"], false],
    [["rights.secret=true", "keda.secret=certs"], true],
  ] as const)(
    "approvers may do what the code says, and read the Secret only where the installation does: %j",
    (values, readSecret) => {
      const all = helm.objects(...set("keda.installedWith=yaml", ...values));
      const secret = values.some((value) => value === "keda.secret=certs") ? "certs" : yamlNames.secret;
      const need = approverRules({ ...yamlNames, secret }, readSecret);
      for (const scope of scopes)
        expect(comparable(rolesNamed(all, "keda-medic-approver")[scope])).toEqual(comparable(need[scope]));
    },
  );

  test("KEDA's own CloudEventSource is made where it is wanted, and its sender let in", () => {
    const all = helm.objects(
      ...set("sources.kedaCloudEvents.enabled=true", "sources.kedaCloudEvents.namespaces={shop,pay}", "cluster=prod"),
    );
    const sources = ofKind(all, "CloudEventSource");
    expect(sources.map(({ metadata }) => metadata.namespace)).toEqual(["shop", "pay"]);
    expect(sources[0]?.spec).toMatchObject({ clusterName: "prod" });
    expect(JSON.stringify(named(all, "NetworkPolicy", "keda-medic").spec.ingress)).toContain(
      '"kubernetes.io/metadata.name":"keda"',
    );
  });

  // YAML would read 2024 as a number, and no API server takes a number for a name.
  const everywhere = ["cluster", "keda.namespace", "keda.secret", "keda.operator", "keda.metricsApiserver", "lease"];
  const traces = ["otlp.headersSecret.name", "otlp.headersSecret.key", "priorityClassName"];
  const broker = ["knative.broker.name", "knative.broker.class"];
  const exporter = ["sources.eventExporter.enabled=true", "sources.kedaCloudEvents.enabled=true"];
  test.each([
    [["otlp.endpoint=http://c"], ["tokenSecret.name", "tokenSecret.key", ...traces]],
    [exporter, ["sources.eventExporter.namespace", "sources.kedaCloudEvents.namespaces[0]"]],
    [
      ["host=knative", "knative.oidc.enabled=true"],
      [...broker, "knative.oidc.audience"],
    ],
  ])("names of digits stay names: %j, %j", (values, names) => {
    const digits = [...everywhere, ...names].flatMap((name) => ["--set-string", `${name}=2024`]);
    const inDigits = ["template", "2024", chart, "--namespace", "2025", "--kube-version", kubeVersion];
    const { stdout, stderr } = helm.run([...inDigits, ...digits, ...set(...values)]);
    expect(stderr).toBe("");
    expect([...numbersNamed(objects(stdout))]).toEqual([]);
  });

  test("Pods that are not ready keep no node from being drained, where the API server knows how", () => {
    const budget = (version: string) =>
      named(
        helm.objects("--kube-version", version, ...set("admissionPolicy.enabled=false")),
        "PodDisruptionBudget",
        "keda-medic-respond",
      ).spec;
    expect(budget("1.30.0")).toMatchObject({ maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" });
    expect(budget("v1.27.3-gke.1")).toMatchObject({ unhealthyPodEvictionPolicy: "AlwaysAllow" });
    expect(Object.keys(budget("1.26.9"))).not.toContain("unhealthyPodEvictionPolicy");
  });

  test("admissionPolicy, networkPolicy and disruption budget can be switched off", () => {
    const off = ["admissionPolicy.enabled=false", "networkPolicy.enabled=false", "respond.podDisruptionBudget=false"];
    const kinds = new Set(helm.objects(...set(...off)).map(({ kind }) => kind));
    for (const kind of ["ValidatingAdmissionPolicy", "NetworkPolicy", "PodDisruptionBudget"])
      expect([kind, kinds.has(kind)]).toEqual([kind, false]);
  });
});

describe("values that are refused, before anything is installed", () => {
  test.each([
    ["moed=act", "additional properties 'moed' not allowed"],
    ["policy.coolDowm=1m", "at '/policy': additional properties 'coolDowm' not allowed"],
    ["knative.broker.nam=x", "at '/knative/broker': additional properties 'nam' not allowed"],
    ["mode=yes", "at '/mode': value must be one of 'observe', 'approve', 'act'"],
    ["host=lambda", "at '/host': value must be one of 'deployment', 'knative'"],
    ["policy.coolDown=15 minutes", "at '/policy/coolDown'"],
    ["policy.restartsPerHour=99", "at '/policy/restartsPerHour'"],
    ["policy.maintenanceWindow=night", "at '/policy/maintenanceWindow'"],
    ["image.digest=latest", "at '/image/digest'"],
    ["cluster=my cluster", "at '/cluster'"],
    ["otlp.endpoint=collector:4318", "at '/otlp/endpoint'"],
    ["respond.replicas=0", "at '/respond/replicas'"],
    ["keda.certificates=openshift", "at '/keda/certificates': value must be one of 'certManager', 'keda'"],
    ["knative.oidc.enabled=true", "knative.oidc.enabled needs host=knative"],
    ["host=knative,knative.oidc.enabled=true,sources.eventExporter.enabled=true", "would be answered 401"],
    ["sources.kedaCloudEvents.enabled=true", "name the namespaces whose ScaledObjects"],
    ["keda.namespace=keda-medic", "must not be installed into KEDA's own namespace"],
  ])("%s", (value, sentence) => {
    const { code, stderr } = helm.template(...set(value));
    expect(code).not.toBe(0);
    expect(stderr).toContain(sentence);
  });

  test.each(["1.9.0", "1.29.0", "v1.29.4-gke.1"])("a cluster without ValidatingAdmissionPolicy: %s", (version) => {
    const { code, stderr } = helm.template("--kube-version", version);
    expect([code, stderr]).toEqual([1, expect.stringContaining("needs Kubernetes >= 1.30, this is")]);
    expect(helm.template("--kube-version", version, ...set("admissionPolicy.enabled=false")).code).toBe(0);
  });
});
