import { adminOf, asWritten, servicePath } from "./admin.ts";
import type { Play, Scenario } from "./scenario.ts";

const failsWith503 = ({ world }: Play): Promise<void> =>
  world.until("an HPA to fail with a 503", async () =>
    (await world.hpas()).some((hpa) => JSON.stringify(hpa.status).includes("currently unable to handle the request")),
  );

/** Nobody answers behind the APIService: unreachable, then without its Service. */
export const apiServiceDown: Scenario = {
  name: "9-down",
  title: "hop A: the APIService is down, then its Service is deleted: refused with the hop named",
  keda: "2.13.1",
  metricsApiservers: 1,
  moves: async (play) => {
    const { world, decided, healthy, pause, note } = play;
    await world.cutNetwork("hopA");
    await failsWith503(play);
    await decided("ApiServiceUnavailable", 240_000);
    await world.healNetwork();
    await healthy();
    await decided("Healthy");
    const api = await adminOf(world);
    const path = servicePath(world, world.names.metricsApiserver);
    const service = await api.get(path);
    note("kubectl delete service: the metrics-apiserver has no Service");
    await api.remove(path);
    await decided("ServiceMissing");
    note("kubectl apply: the Service is back");
    await api.create(servicePath(world), asWritten(service));
    await healthy();
    await pause(20_000);
  },
  expect: { decided: ["ApiServiceUnavailable", "ServiceMissing"], healthy: true, phase: "closed" },
};

/** kubelet takes its time: until :6443 shows what caBundle says already, HPAs fail with 503. After each of two rotations. */
export const settling: Scenario = {
  name: "9-settling",
  title: "hop A: the seconds of 503 after every rotation start nothing",
  keda: "2.13.1",
  metricsApiservers: 1,
  propagation: 30_000,
  moves: async (play) => {
    const { world, decided, healthy, pause } = play;
    for (let rotation = 0; rotation < 2; rotation += 1) {
      await world.rotateSecret("selfSignedRekey");
      await failsWith503(play);
      await decided("HopASettling");
      await pause(10_000);
      await healthy();
      await decided("LatentMismatch");
    }
    await pause(20_000);
  },
  expect: {
    decided: ["HopASettling", "LatentMismatch"],
    never: ["MetricsApiserverStale", "OperatorStale"],
    healthy: true,
  },
};
