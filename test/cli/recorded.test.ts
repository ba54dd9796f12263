import { expect, test } from "@jest/globals";
import { openIncident } from "../../src/core/evolve.ts";
import { incidentName } from "../../src/core/names.ts";
import { kubeClient } from "../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../src/edge/kubernetes/kubeconfig.ts";
import { kubernetesStore } from "../../src/edge/kubernetes/store.ts";
import { play } from "../sandbox/fast.ts";
import { diagnose } from "./clusters.ts";

test("diagnose finds what the responder has on record, although the kubeconfig calls the cluster otherwise", () =>
  play({}, async (world) => {
    const access = await kubeconfigAccess({ files: [(await world.kubeconfig("admin")).path], clock: world.clock });
    const client = kubeClient(access, { clock: world.clock });
    const store = kubernetesStore({ client, namespace: "keda-medic" });
    const installation = "prod-eu1.keda";
    const generation = "0123456789abcdef";
    const opened = { name: incidentName(installation, generation), installation, generation, now: world.clock.now() };
    await store.saveIncident(openIncident({ ...opened, traceparent: undefined, foundBy: "event" }), undefined);
    client.close();

    const { out } = await diagnose(world, ["--output", "json"], "admin");
    expect(JSON.parse(out)).toMatchObject({ installation: { name: "prod-eu1.keda", cluster: "sandbox" } });
  }));
