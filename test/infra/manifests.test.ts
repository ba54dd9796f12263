import { existsSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { readArguments } from "../../src/cli/args.ts";
import { roles } from "../../src/compose.ts";
import { annotations } from "../../src/core/annotations.ts";
import type { IncomingEvent } from "../../src/core/event.ts";
import { toRestartRequest } from "../../src/edge/cloudevents/own.ts";
import { toSignal } from "../../src/edge/cloudevents/signal.ts";
import { parseConfig } from "../../src/edge/config.ts";
import { type Grants, rulesFor, yamlNames } from "../../src/edge/kubernetes/rbac.ts";
import {
  containersOf,
  environmentOf,
  type Loose,
  named,
  objects,
  ofKind,
  podsOf,
  read,
  root,
} from "./tools/objects.ts";
import { byDefault, expectSame, given, merge, triples } from "./tools/rights.ts";

const file = (name: string) => objects(read(`infra/kubernetes/${name}.yaml`));
const rbac = file("rbac");
const deployment = [...rbac, ...file("deployment")];
const knative = [...rbac, ...file("knative")];
const everything = [...deployment, ...file("knative"), ...file("admission")];

const needs = (...of: readonly Parameters<typeof rulesFor>[0][]): Grants =>
  merge(...of.map((name) => rulesFor(name, yamlNames, byDefault)));

describe("rights in infra/kubernetes", () => {
  test.each([
    ["keda-medic-respond", "plain Deployments", deployment, needs("watch")],
    ["keda-medic-restart", "plain Deployments", deployment, needs("restart")],
    ["keda-medic-respond", "Knative", knative, needs("respond", "sweep")],
    ["keda-medic-restart", "Knative", knative, needs("restart")],
  ] as const)("%s has what its processes need with %s, no more and no less", (account, _host, all, need) => {
    expectSame(given(all, account), need);
  });

  // What they grant is compared in test/edge/kubernetes/rbac.test.ts.
  test.each(["keda-medic-approver", "keda-medic-secret", "keda-medic-end-pods", "keda-medic-port-forward"])(
    "%s is there and bound to nobody, whichever files are applied",
    (name) => {
      expect(ofKind(rbac, "Role").map(({ metadata }) => metadata.name)).toContain(name);
      const bound = ofKind(everything, "RoleBinding", "ClusterRoleBinding").map(({ roleRef }) => roleRef?.name);
      expect(bound).not.toContain(name);
    },
  );

  test("a source of Knative reads Pods, Deployments, Certificates and Events, and no Secret", () => {
    const sources = merge(given(knative, "keda-medic-source-objects"), given(knative, "keda-medic-source-events"));
    expect(triples([...sources.cluster, ...sources.keda]).filter((right) => right.includes("secrets"))).toEqual([]);
    expect(sources.own).toEqual([]);
  });
});

describe("every Pod in infra/kubernetes", () => {
  const pods = podsOf([...deployment, ...file("knative")]);
  const containers = containersOf([...deployment, ...file("knative")]);

  test("there are five: two plain Deployments, three Knative Services", () => {
    expect(pods.map(({ owner }) => `${owner.kind} ${owner.metadata.name}`).sort()).toEqual([
      "Deployment keda-medic-respond",
      "Deployment keda-medic-restart",
      "Service keda-medic-respond",
      "Service keda-medic-restart",
      "Service keda-medic-sweep",
    ]);
  });

  test.each(containers)("$name fits PodSecurity restricted", ({ securityContext, resources }) => {
    expect(securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(securityContext.runAsUser).toBeGreaterThan(0);
    expect(Object.keys(resources)).toEqual(["limits", "requests"]);
  });

  test("accounts hand out no token by themselves, Pods ask for theirs", () => {
    for (const account of ofKind(rbac, "ServiceAccount")) expect(account.automountServiceAccountToken).toBe(false);
    for (const { spec } of pods) expect(spec.automountServiceAccountToken).toBe(true);
  });

  test("restart's account is restart's alone", () => {
    for (const { owner, spec } of pods)
      expect([owner.metadata.name, spec.serviceAccountName === "keda-medic-restart"]).toEqual([
        owner.metadata.name,
        owner.metadata.name.endsWith("restart"),
      ]);
  });

  test.each(containers)("$name starts what exists, with an environment that the program takes", (container) => {
    const { command, args } = container;
    if (command === undefined) {
      const [name = "", ...words] = args ?? [];
      expect(roles).toContain(readArguments(name, words).text("role"));
    } else {
      const entry = command.at(-1)?.replace("/app/dist/", "").replace(/\.js$/, ".ts") ?? "";
      expect(existsSync(new URL(entry, root))).toBe(true);
    }
    expect(parseConfig(environmentOf(container))).toMatchObject({ ok: true });
  });

  test.each(containers)("$name is asked for /healthz and /readyz", ({ livenessProbe, readinessProbe }) => {
    expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(["/healthz", "/readyz"]);
  });
});

describe("plain Deployments", () => {
  test("each process is the other's sink, at a Service that selects its Pods", () => {
    for (const [from, to] of [
      ["respond", "restart"],
      ["restart", "respond"],
    ]) {
      const [container] = containersOf([named(deployment, "Deployment", `keda-medic-${from}`)]);
      const sink = container === undefined ? "" : environmentOf(container)["KEDA_MEDIC_SINK"];
      expect(sink).toBe(`http://keda-medic-${to}.keda-medic.svc`);
      const selector = named(deployment, "Service", `keda-medic-${to}`).spec.selector as object;
      const labels = named(deployment, "Deployment", `keda-medic-${to}`).spec.template.metadata.labels as object;
      expect(labels).toMatchObject(selector);
    }
  });
});

/** Everything that our processes send to each other. */
const sentTypes = [
  "dev.kedamedic.restart.requested.v1",
  "dev.kedamedic.restart.performed.v1",
  "dev.kedamedic.restart.refused.v1",
  "dev.kedamedic.pods.end-requested.v1",
  "dev.kedamedic.pods.ended.v1",
  "dev.kedamedic.pods.end-refused.v1",
];
const told = (type: string): IncomingEvent => ({
  id: "1",
  source: "/t",
  type,
  subject: "test.keda.abc",
  attributes: {},
  data: {
    incident: "test.keda.abc",
    component: "operator",
    generation: "f".repeat(64),
    code: "Restarted",
    sentence: "",
  },
});

describe("Knative", () => {
  const sources = ofKind(knative, "ApiServerSource");

  test("Resource mode is for Events only: it would put a Secret's private key on the wire", () => {
    const whole = sources.filter(({ spec }) => spec.mode !== "Reference");
    expect(whole.flatMap(({ spec }) => spec.resources.map((resource: Loose) => resource.kind))).toEqual(["Event"]);
  });

  test("respond gets no Secret in Resource mode even from a source that somebody else made", () => {
    const [filter] = named(knative, "Trigger", "keda-medic-respond").spec.filters as Loose[];
    const resource = filter.any.find(
      (part: Loose) => part.all?.[0]?.prefix?.type === "dev.knative.apiserver.resource.",
    );
    expect(resource.all).toContainEqual({ exact: { kind: "Event" } });
    expect(JSON.stringify(filter.any.filter((part: Loose) => part !== resource))).not.toContain("apiserver.resource");
  });

  const exactTypes = (trigger: string): readonly string[] => {
    const [filter] = named(knative, "Trigger", trigger).spec.filters as Loose[];
    return filter.any.map((part: Loose) => part.exact?.type).filter((type: string | undefined) => type !== undefined);
  };

  test("of our own events respond gets those that it answers, and restart those that are asked of it", () => {
    const own = (trigger: string) => exactTypes(trigger).filter((type) => type.startsWith("dev.kedamedic."));
    const answered = sentTypes.filter((type) => toSignal(told(type)).kind !== "NotOurs");
    expect(own("keda-medic-respond")).toEqual(answered);
    const asked = sentTypes.filter((type) => !("problem" in toRestartRequest(told(type))));
    expect(own("keda-medic-restart")).toEqual(asked);
  });

  test("one timer asks for what is due, the other one for a look at everything", () => {
    const ticks = ofKind(knative, "PingSource").map(({ spec }) => [spec.schedule, spec.ceOverrides?.extensions]);
    expect(ticks).toEqual([
      ["*/2 * * * *", { kedamedictick: "due" }],
      ["1-59/30 * * * *", undefined],
    ]);
  });

  test("every Trigger and source names a Broker or Service that is there", () => {
    const there = new Set(knative.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
    const targets = [...ofKind(knative, "Trigger"), ...ofKind(knative, "PingSource", "SinkBinding"), ...sources].map(
      ({ spec }) => (spec.subscriber ?? spec.sink).ref,
    );
    expect(targets.length).toBe(9);
    for (const { kind, name } of targets) expect([...there]).toContain(`${kind} ${name}`);
    for (const { spec } of ofKind(knative, "Trigger")) expect([...there]).toContain(`Broker ${spec.broker}`);
  });

  test("nothing of ours is reachable from outside of the cluster", () => {
    for (const { owner } of podsOf(file("knative")))
      expect(owner.metadata.labels).toMatchObject({ "networking.knative.dev/visibility": "cluster-local" });
  });
});

describe("admission policies", () => {
  const text = read("infra/kubernetes/admission.yaml");

  test("allow restart exactly the annotations that the code writes on a Pod template", () => {
    const { restartedFor, restartedAt, incident } = annotations;
    expect(text).toContain(`"['${restartedFor}', '${restartedAt}', '${incident}']"`);
  });

  test("allow approvers exactly the annotations that people write", () => {
    expect(text).toContain(`"['${annotations.approved}', '${annotations.paused}']"`);
  });

  test("fail closed, and each is bound to deny", () => {
    const policies = ofKind(objects(text), "ValidatingAdmissionPolicy");
    expect(policies.map(({ spec }) => spec.failurePolicy)).toEqual(["Fail", "Fail", "Fail", "Fail"]);
    for (const { metadata } of policies)
      expect(named(objects(text), "ValidatingAdmissionPolicyBinding", metadata.name).spec).toEqual({
        policyName: metadata.name,
        validationActions: ["Deny"],
      });
  });
});
