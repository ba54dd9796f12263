import { expect, jest, test } from "@jest/globals";
import type { Role } from "../../src/compose.ts";
import { days } from "../../src/core/instant.ts";
import { incidents } from "../../src/edge/kubernetes/documents.ts";
import { host } from "../../src/host.ts";
import { configOf } from "../builders/config.ts";
import { smallIncident } from "../contracts/store.contract.ts";
import { object } from "../edge/kubernetes/standIn.ts";
import { play } from "../sandbox/fast.ts";

jest.setTimeout(60_000);

test.each<Role>(["all", "watch", "sweep"])(
  "run --role %s removes what closed longer ago than KEDA_MEDIC_INCIDENT_TTL",
  (role) =>
    play({ speed: 30 }, async (world) => {
      const write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
      const clock = jest.spyOn(Date, "now").mockImplementation(() => world.clock.now());
      const put = (name: string, age: number) => {
        const closed = smallIncident(name, { phase: "closed", updatedAt: world.clock.now() - days(age) });
        world.objects.put("incidents", object("keda-medic", name, incidents.encode(closed)));
      };
      world.objects.put("leases", object("keda-medic", "keda-medic", {}));
      put("old", 3);
      put("young", 1);
      const { path: kubeconfig } = await world.kubeconfig("admin");
      const environment = { HOST: "127.0.0.1", PORT: "0", KEDA_MEDIC_CLUSTER: "test", KEDA_MEDIC_INCIDENT_TTL: "2d" };
      const hosted = await host(configOf(environment), role, { ownTimer: true, kubeconfig });
      try {
        const names = () => world.objects.list("incidents").map(({ metadata }) => metadata.name);
        await world.until("the old one to be gone", () => !names().includes("old"), 20_000);
        expect(names()).toContain("young");
      } finally {
        await hosted.close();
        clock.mockRestore();
        write.mockRestore();
      }
    }),
);
