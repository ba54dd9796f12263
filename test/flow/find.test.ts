import { expect, test } from "@jest/globals";
import { unseen } from "../../src/core/seen.ts";
import { find } from "../../src/flow/find.ts";
import { World } from "./world.ts";

test.each(["keda-metrics-apiserver", "keda-operator"])(
  "Service %s that does not exist is a fault with a name, not a look that failed",
  async (gone) => {
    const world = World.metricsApiserverStale();
    const service = world.service.bind(world);
    world.service = async (namespace, name) => (name === gone ? unseen("NotFound", "none") : service(namespace, name));
    const looking = { cluster: world, probe: world, clock: { now: () => world.now } };
    expect(await find(looking, { namespace: "keda", name: "keda-metrics-apiserver" })).toMatchObject({
      seen: true,
      value: { supported: false, code: "ServiceMissing", detail: expect.stringContaining(`keda/${gone}`) },
    });
  },
);
