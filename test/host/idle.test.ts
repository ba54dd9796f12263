import { expect, jest, test } from "@jest/globals";
import { host } from "../../src/host.ts";
import { configOf } from "../builders/config.ts";
import { play } from "../sandbox/fast.ts";

jest.setTimeout(60_000);

const leftAside = /[?&]watch=true|\/leases(\/keda-medic)?$/;

/** One idle round is measured on real HTTP, and counted as often as the timer runs in an hour. */
test("an hour in which nothing happens costs the API server at most 120 requests, watches and Leases aside", () =>
  play({ speed: 30 }, async (world) => {
    const write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
    const clock = jest.spyOn(Date, "now").mockImplementation(() => world.clock.now());
    const config = configOf({ HOST: "127.0.0.1", PORT: "0", KEDA_MEDIC_CLUSTER: "test" });
    const { path: kubeconfig } = await world.kubeconfig("admin");
    const hosted = await host(config, "watch", { ownTimer: true, kubeconfig });
    const counted = () =>
      world.apiServer.journal.entries.filter(({ path, user }) => user === "kubernetes-admin" && !leftAside.test(path));
    const calm = async () => {
      for (let before = -1; before !== counted().length; ) {
        before = counted().length;
        await new Promise((resolve) => setTimeout(resolve, 1200));
      }
    };
    try {
      await world.until("the watches", () => world.apiServer.watches.open === 4);
      await calm();
      world.apiServer.journal.clear();
      // What every idle round does, told by the timer that any host may have.
      const tick = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "t",
        "ce-type": "dev.kedamedic.sweep.tick.v1",
      };
      const answer = await fetch(`http://127.0.0.1:${hosted.port}/`, { method: "POST", headers: tick });
      expect(answer.status).toBe(204);
      await calm();
      const round = counted();
      // Who watches sweeps half as often; every three hours the lists are read anew, every six KEDA's names, once an hour what is long over.
      const rounds = 3_600_000 / (2 * config.sweep);
      const perHour = round.length * rounds + 4 / 3 + 5 / 6 + 1;
      expect(round.length).toBeGreaterThan(5);
      expect(round.every(({ method }) => method === "GET")).toBe(true);
      expect(perHour).toBeLessThanOrEqual(120);
    } finally {
      await hosted.close();
      clock.mockRestore();
      write.mockRestore();
    }
  }));
