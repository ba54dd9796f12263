import { describe, expect, test } from "@jest/globals";
import {
  adapterWords,
  argument,
  dialAddress,
  kedaContainer,
  onlyDeployment,
  operatorWords,
  readLayout,
  selectedBy,
} from "../../../src/flow/read/layout.ts";
import { container, deployment, secretVolume, service, yaml } from "./objects.ts";

const layoutOf = (changes: Parameters<typeof yaml.found>[0] = {}) => readLayout(yaml.found(changes));

describe("names are resolved, never assumed", () => {
  test("plain YAML", () => {
    expect(layoutOf()).toEqual({
      supported: true,
      layout: {
        namespace: "keda",
        operator: "keda-operator",
        metricsApiserver: "keda-metrics-apiserver",
        secretName: "kedaorg-certs",
        dialName: "keda-operator.keda.svc.cluster.local",
        dialPort: 9666,
        serviceName: "keda-metrics-apiserver.keda.svc",
        subPath: false,
      },
    });
  });

  test("Helm: another namespace, other names, another Secret, another domain and port", () => {
    const mounted = { volumes: [secretVolume("my-certs")] };
    const read = readLayout({
      namespace: "autoscaling",
      service: service("scaler-metrics-apiserver", { app: "scaler-metrics-apiserver" }),
      operatorService: service("scaler", { app: "scaler" }),
      metricsApiserver: deployment("scaler-metrics-apiserver", {
        ...mounted,
        containers: [
          yaml.adapter({
            args: ["/keda-adapter", "--metrics-service-address=scaler.autoscaling.svc.corp.example:9777"],
          }),
        ],
      }),
      operator: deployment("scaler", { ...mounted, containers: [yaml.operator()] }),
    });
    expect(read).toMatchObject({
      supported: true,
      layout: {
        namespace: "autoscaling",
        operator: "scaler",
        metricsApiserver: "scaler-metrics-apiserver",
        secretName: "my-certs",
        dialName: "scaler.autoscaling.svc.corp.example",
        dialPort: 9777,
        serviceName: "scaler-metrics-apiserver.keda.svc".replace(".keda.", ".autoscaling."),
      },
    });
  });

  test("the authority is what the certificate must carry, where it is given", () => {
    const args = ["/keda-adapter", "--metrics-service-grpc-authority=keda.example"];
    expect(layoutOf({ adapter: { containers: [yaml.adapter({ args })] } })).toMatchObject({
      layout: { dialName: "keda.example" },
    });
  });

  test.each([
    ["mountPath with a slash at its end", [{ name: "certificates", mountPath: "/certs/" }], false],
    [
      "subPath of single files",
      ["ca.crt", "tls.crt", "tls.key"].map((k) => ({ name: "certificates", mountPath: `/certs/${k}`, subPath: k })),
      true,
    ],
  ])("%s", (_, mounts, subPath) => {
    expect(layoutOf({ adapter: { containers: [yaml.adapter({ mounts })] } })).toMatchObject({
      supported: true,
      layout: { subPath },
    });
  });

  test("subPath of the operator's files says nothing about the metrics-apiserver's", () => {
    const mounts = ["ca.crt", "tls.crt", "tls.key"].map((k) => ({
      name: "certificates",
      mountPath: `/certs/${k}`,
      subPath: k,
    }));
    expect(layoutOf({ operator: { containers: [yaml.operator({ mounts })] } })).toMatchObject({
      layout: { subPath: false },
    });
  });

  test("a projected volume with that one Secret is the Secret", () => {
    const volumes = [{ name: "certificates", projected: { sources: [{ secret: { name: "kedaorg-certs" } }] } }];
    expect(layoutOf({ adapter: { volumes } })).toMatchObject({ supported: true });
  });

  test("another cert-dir is followed", () => {
    const containers = [
      yaml.adapter({
        args: ["/keda-adapter", "--cert-dir", "/other/"],
        mounts: [{ name: "mine", mountPath: "/other" }],
      }),
    ];
    const volumes = [{ name: "mine", secret: { secretName: "kedaorg-certs" } }];
    expect(layoutOf({ adapter: { containers, volumes } })).toMatchObject({
      supported: true,
      layout: { secretName: "kedaorg-certs" },
    });
  });
});

describe("what does not rest on one shared Secret is refused", () => {
  const openshift = [
    {
      name: "certificates",
      projected: { sources: [{ secret: { name: "kedaorg-certs" } }, { configMap: { name: "keda-ocp-cabundle" } }] },
    },
  ];
  const remapped = [
    {
      name: "certificates",
      projected: { sources: [{ secret: { name: "kedaorg-certs", items: [{ key: "ca", path: "ca.crt" }] } }] },
    },
  ];

  test.each([
    ["a projection of several sources, as on OpenShift", { adapter: { volumes: openshift } }],
    ["a projection that renames keys", { adapter: { volumes: remapped } }],
    ["two Secrets", { adapter: { volumes: [secretVolume("metrics-certs")] } }],
    ["no volume behind the mount", { operator: { volumes: [] } }],
    ["no mount at --cert-dir", { operator: { containers: [yaml.operator({ mounts: [] })] } }],
    [
      "two volumes below --cert-dir",
      {
        adapter: {
          containers: [
            yaml.adapter({
              mounts: [
                { name: "a", mountPath: "/certs/ca" },
                { name: "b", mountPath: "/certs/leaf" },
              ],
            }),
          ],
        },
      },
    ],
  ])("%s", (_, changes) => {
    expect(layoutOf(changes)).toMatchObject({ supported: false, code: "UnsupportedLayout" });
  });
});

describe("the Deployment behind a Service", () => {
  const own = deployment("keda-metrics-apiserver");
  const found = (selector: unknown, ...all: ReturnType<typeof deployment>[]) =>
    onlyDeployment(service("metrics", selector), all, "the metrics-apiserver");

  test("is the one whose Pod template the selector selects", () => {
    expect(found({ app: "keda-metrics-apiserver" }, deployment("other"), own)).toBe(own);
  });

  test("two of them are ambiguous, and both are named", () => {
    const twin = deployment("left-over", { app: "keda-metrics-apiserver" });
    expect(found({ app: "keda-metrics-apiserver" }, own, twin)).toMatchObject({
      supported: false,
      code: "AmbiguousInstallation",
      detail: expect.stringContaining("keda-metrics-apiserver, left-over"),
    });
  });

  test.each([
    ["selects none", { app: "nobody" }],
    ["has no selector", undefined],
    ["has an empty selector: empty scope is no scope", {}],
    ["asks for one label more", { app: "keda-metrics-apiserver", tier: "x" }],
  ])("a Service that %s has no KEDA behind it", (_, selector) => {
    expect(found(selector, own)).toMatchObject({ supported: false, code: "NotKedaProvider" });
    expect(selectedBy(service("metrics", selector), [own])).toEqual([]);
  });
});

describe("the KEDA container", () => {
  const named = (containers: readonly object[], words: RegExp) =>
    kedaContainer(deployment("d", { containers }), words)?.["name"];
  const sidecar = container({ name: "istio-proxy", image: "docker.io/istio/proxyv2:1.22" });

  test.each([
    ["beside a sidecar, by its image", [sidecar, yaml.adapter()], adapterWords, "keda-metrics-apiserver"],
    [
      "of a mirrored image, by its program in the arguments",
      [sidecar, container({ name: "m", image: "corp/metrics:2.13", args: ["/usr/local/bin/keda-adapter"] })],
      adapterWords,
      "m",
    ],
    [
      "of a mirrored image, by its command",
      [sidecar, container({ name: "o", image: "corp/scaler:2.13", command: ["/keda"] })],
      operatorWords,
      "o",
    ],
    ["alone, by any word of KEDA", [container({ name: "k", image: "corp/KEDA-fips:2" })], adapterWords, "k"],
  ])("%s", (_, containers, words, name) => {
    expect(named(containers, words)).toBe(name);
  });

  test.each([
    ["Datadog's cluster agent", [container({ name: "cluster-agent", image: "gcr.io/datadoghq/cluster-agent:7.50" })]],
    [
      "prometheus-adapter",
      [container({ name: "adapter", image: "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.11" })],
    ],
    ["two that nobody knows", [sidecar, container({ name: "x", image: "x:1" })]],
    ["none at all", []],
  ])("%s is not it", (_, containers) => {
    expect(named(containers, adapterWords)).toBeUndefined();
  });

  test("another provider behind the APIService is said to be one", () => {
    const containers = [container({ name: "cluster-agent", image: "gcr.io/datadoghq/cluster-agent:7.50" })];
    expect(layoutOf({ adapter: { containers } })).toMatchObject({ supported: false, code: "NotKedaProvider" });
  });
});

describe("arguments", () => {
  test.each([
    [["--cert-dir=/a"], "/a"],
    [["--cert-dir", "/b"], "/b"],
    [["--other", "--cert-dir="], ""],
    [["--cert-dir-x=/c"], undefined],
    [["--cert-dir"], undefined],
    [[7, null], undefined],
  ])("%j", (args, value) => {
    expect(argument({ args }, "cert-dir")).toBe(value);
  });

  test.each([
    [undefined, { host: "keda-operator.keda.svc.cluster.local", port: 9666 }],
    ["keda-operator.keda.svc:9777", { host: "keda-operator.keda.svc", port: 9777 }],
    ["keda-operator.keda.svc", { host: "keda-operator.keda.svc", port: 9666 }],
    ["dns:///keda-operator.keda.svc:9666", { host: "keda-operator.keda.svc", port: 9666 }],
  ])("--metrics-service-address=%s", (given, address) => {
    const args = given === undefined ? [] : [`--metrics-service-address=${given}`];
    expect(dialAddress({ args }, "keda")).toEqual(address);
  });
});

describe("OpenShift's service-ca", () => {
  const asks = (name: string, annotations: Readonly<Record<string, string>>) => {
    const plain = service(name, { app: name });
    return { ...plain, metadata: { ...plain.metadata, annotations } };
  };
  const served = (annotations: Readonly<Record<string, string>>) => {
    const read = readLayout({ ...yaml.found(), operatorService: asks("keda-operator", annotations) });
    return read.supported ? read.layout.serviceCaFor : [];
  };
  const secretName = (stage: string, name: string) => ({
    [`service.${stage}.openshift.io/serving-cert-secret-name`]: name,
  });

  test.each(["alpha", "beta"])("is asked for this Secret by the %s annotation of a Service", (stage) => {
    expect(served(secretName(stage, "kedaorg-certs"))).toEqual(["keda-operator"]);
  });

  test("is not when the Service asks for another Secret, or was told that it cannot have this one", () => {
    const refused = { "service.beta.openshift.io/serving-cert-generation-error": "secret keda/kedaorg-certs ..." };
    expect(served(secretName("beta", "keda-operator-certs"))).toBeUndefined();
    expect(served({ ...secretName("beta", "kedaorg-certs"), ...refused })).toBeUndefined();
    expect(served({})).toBeUndefined();
  });

  test("may be asked by the metrics-apiserver's Service as well", () => {
    const service = asks("keda-metrics-apiserver", secretName("beta", "kedaorg-certs"));
    expect(readLayout({ ...yaml.found(), service })).toMatchObject({
      layout: { serviceCaFor: ["keda-metrics-apiserver"] },
    });
  });
});
