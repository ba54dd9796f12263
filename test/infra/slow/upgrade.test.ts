import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { untilAllowed } from "../tools/admission.ts";
import { type ApiServer, startApiServer } from "../tools/apiServer.ts";
import { foreignCrds } from "../tools/foreignCrds.ts";
import { builtHelm, chart, type Helm, type Ran, set } from "../tools/helm.ts";
import { kedaDeployment, pod, tooMuch } from "../tools/keda.ts";
import type { Loose } from "../tools/objects.ts";

let server: ApiServer;
let helm: Helm;

const helmed = (command: "install" | "upgrade", ...values: readonly string[]): Ran =>
  helm.run([command, "keda-medic", chart, "-n", "keda-medic", ...set("keda.installedWith=yaml", ...values)], {
    KUBECONFIG: server.kubeconfig,
  });
const done = (ran: Ran): void => expect([ran.code, ran.stderr]).toEqual([0, ""]);
/** Refused with this sentence, and with nothing changed: Helm counts an upgrade that fails half-way as a revision. */
function refused(ran: Ran, sentence: string): void {
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(sentence)]);
  const { stdout } = helm.run(["list", "-n", "keda-medic", "-o", "json"], { KUBECONFIG: server.kubeconfig });
  expect((JSON.parse(stdout) as Loose[]).map(({ revision, status }) => [revision, status])).toEqual(revisions);
}
let revisions: readonly (readonly [string, string])[] = [];

const inOurs = (group: string, kind: string): string => `/apis/${group}/namespaces/keda-medic/${kind}`;
const brokers = inOurs("eventing.knative.dev/v1", "brokers");

beforeAll(async () => {
  helm = await builtHelm();
  server = await startApiServer();
  const namespaces = ["keda", "keda-medic"].map((name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  }));
  const workloads = ["keda-operator", "keda-metrics-apiserver"].map(kedaDeployment);
  const items = [...namespaces, ...workloads, ...foreignCrds()];
  done(server.kubectl(["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items })));
  server.kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
}, 900_000);

afterAll(async () => server?.close());
afterEach(() => {
  helm.run(["uninstall", "keda-medic", "-n", "keda-medic"], { KUBECONFIG: server.kubeconfig });
  revisions = [];
});

describe("from Knative to plain Deployments", () => {
  const sentence = "host=deployment: namespace keda-medic has keda-medic's Knative Services";

  test("is refused while the Knative Services are there: Helm would adopt a Service that goes with its Route", async () => {
    done(helmed("install", "host=knative"));
    revisions = [["1", "deployed"]];
    refused(helmed("upgrade", "host=deployment"), sentence);
    expect((await server.api.list(inOurs("serving.knative.dev/v1", "services"))).length).toBe(3);
  });

  test("is refused while a Route's Service is left over, and goes on when it is gone", async () => {
    const services = "/api/v1/namespaces/keda-medic/services";
    const owner = { apiVersion: "serving.knative.dev/v1", kind: "Route", name: "keda-medic-respond", uid: "x" };
    // As Knative makes it: with the marks of Helm that it copies from the Service of its own.
    await server.api.create(services, {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "keda-medic-respond",
        labels: { "app.kubernetes.io/managed-by": "Helm" },
        annotations: { "meta.helm.sh/release-name": "keda-medic", "meta.helm.sh/release-namespace": "keda-medic" },
        ownerReferences: [owner],
      },
      spec: { type: "ExternalName", externalName: "kourier-internal.kourier-system.svc.cluster.local" },
    });
    refused(helmed("install", "host=deployment"), sentence);
    await server.api.remove(`${services}/keda-medic-respond`);
    done(helmed("install", "host=deployment"));
  });

  test("and back is one upgrade", () => {
    done(helmed("install", "host=deployment"));
    done(helmed("upgrade", "host=deployment"));
    done(helmed("upgrade", "host=knative"));
  });
});

describe("what Knative does not change afterwards", () => {
  test("another Broker is refused before anything is changed", async () => {
    done(helmed("install", "host=knative"));
    revisions = [["1", "deployed"]];
    refused(
      helmed("upgrade", "host=knative", "knative.broker.name=other"),
      "knative.broker.name is other: the Triggers that are there have Broker keda-medic",
    );
    expect((await server.api.list(brokers)).map(({ metadata }) => metadata.name)).toEqual(["keda-medic"]);
  });

  test("another class is refused, the same one is not", async () => {
    done(helmed("install", "host=knative", "knative.broker.class=Kafka"));
    done(helmed("upgrade", "host=knative", "knative.broker.class=Kafka"));
    revisions = [["2", "deployed"]];
    refused(
      helmed("upgrade", "host=knative", "knative.broker.class=MTChannelBasedBroker"),
      "knative.broker.class is MTChannelBasedBroker: Broker keda-medic that is there has class Kafka",
    );
  });

  test("the class that Knative's own webhook has written is no change", async () => {
    done(helmed("install", "host=knative"));
    const annotations = { "eventing.knative.dev/broker.class": "MTChannelBasedBroker" };
    await server.api.patch(`${brokers}/keda-medic`, { metadata: { annotations } });
    done(helmed("upgrade", "host=knative", "mode=act"));
    done(helmed("upgrade", "host=knative", "knative.broker.class=MTChannelBasedBroker"));
  });
});

describe("a right that the values do not ask for", () => {
  const operatorPod = "/api/v1/namespaces/keda/pods/keda-operator-1";
  const binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
  afterAll(async () => void (await server.api.remove(`${binding}/too-much-keda-medic-restart`)));

  test("is refused by the admission policies whatever is bound, until the values ask for it", async () => {
    done(helmed("install"));
    await server.api.create(binding, tooMuch("keda-medic-restart"));
    await server.api.create("/api/v1/namespaces/keda/pods", pod("keda-operator-1"));
    const token = await server.tokenOf("keda-medic", "keda-medic-restart");
    await untilAllowed(server, token, "/api/v1/nodes");
    const ends = { method: "DELETE", path: `${operatorPod}?dryRun=All`, token } as const;
    const forwards = { method: "POST", path: "/api/v1/namespaces/keda/pods/p/portforward", token } as const;
    const answers = async () => [(await server.api.request(ends)).status, (await server.api.request(forwards)).status];
    await eventually(answers, [422, 422]);
    done(helmed("upgrade", "policy.endStalePodsEarly=true"));
    await eventually(answers, [200, 422]);
    done(helmed("upgrade", "rights.portForward=true"));
    // There is no such Pod.
    await eventually(answers, [422, 404]);
    // Somebody is to bind these Roles by hand.
    done(helmed("upgrade", "rights.unboundRoles=true"));
    await eventually(answers, [200, 404]);
  });
});

/** Policies take effect a moment after they are written. */
async function eventually(read: () => Promise<readonly number[]>, wanted: readonly number[]): Promise<void> {
  const end = performance.now() + 30_000;
  let seen = await read();
  while (performance.now() < end && String(seen) !== String(wanted)) {
    await sleep(200);
    seen = await read();
  }
  expect(seen).toEqual(wanted);
}
