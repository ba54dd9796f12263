import { expect, jest, test } from "@jest/globals";
import type { Role } from "../../src/compose.ts";
import { days } from "../../src/core/instant.ts";
import { kubeClient } from "../../src/edge/kubernetes/client.ts";
import { incidents } from "../../src/edge/kubernetes/documents.ts";
import { removeClosed } from "../../src/edge/kubernetes/retention.ts";
import { host } from "../../src/host.ts";
import { configOf } from "../builders/config.ts";
import { smallIncident } from "../contracts/store.contract.ts";
import { remembering } from "../edge/hosts/raw.ts";
import { fakeApi } from "../edge/kubernetes/fakeApi.ts";
import { accessTo, serve, wallClock } from "../edge/kubernetes/server.ts";
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

test("incidents that cannot be listed are said with the reason, once an hour, and nothing is removed", async () => {
  const api = fakeApi();
  api.forbidden.add("list incidents");
  const server = await serve(api.handler);
  const client = kubeClient(accessTo(server), { clock: wallClock });
  const { lines, log } = remembering();
  try {
    const tidy = removeClosed({ client, namespace: "keda-medic", log, keepFor: days(30) });
    expect([await tidy(), await tidy()]).toEqual([0, 0]);
    const cannot = 'cannot list resource "incidents" in API group "kedamedic.dev" in the namespace "keda-medic"';
    const grant = "grant verb list on incidents.kedamedic.dev";
    const message = `closed incidents are not looked for: ${cannot}: ${grant}`;
    expect(lines).toEqual([{ level: "warn", message, fields: undefined }]);
    expect(server.received.map(({ method }) => method)).toEqual(["GET"]);
  } finally {
    client.close();
    await server.close();
  }
});
