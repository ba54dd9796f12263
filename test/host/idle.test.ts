import { expect, jest, test } from "@jest/globals";
import { type Hosted, host } from "../../src/host.ts";
import type { InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import { configOf } from "../builders/config.ts";
import { object } from "../edge/kubernetes/standIn.ts";
import { objects, ofKind, read } from "../infra/tools/objects.ts";
import { play } from "../sandbox/fast.ts";

jest.setTimeout(60_000);

const leftAside = /[?&]watch=true|\/leases(\/keda-medic)?$/;
const most = 120;

/** A world in which nothing happens, with its clock for ours; requests of ours are counted. */
function idle(run: (world: InProcessWorld, requests: Requests, kubeconfig: string) => Promise<void>): Promise<void> {
  return play({ speed: 30 }, async (world) => {
    const write = jest.spyOn(process.stdout, "write").mockImplementation(() => true);
    const clock = jest.spyOn(Date, "now").mockImplementation(() => world.clock.now());
    const { path } = await world.kubeconfig("admin");
    try {
      await run(world, new Requests(world), path);
    } finally {
      clock.mockRestore();
      write.mockRestore();
    }
  });
}

class Requests {
  readonly #world: InProcessWorld;

  constructor(world: InProcessWorld) {
    this.#world = world;
  }

  get made() {
    const { entries } = this.#world.apiServer.journal;
    return entries.filter(({ path, user }) => user === "kubernetes-admin" && !leftAside.test(path));
  }

  async untilCalm(): Promise<void> {
    for (let before = -1; before !== this.made.length; ) {
      before = this.made.length;
      await new Promise((resolve) => setTimeout(resolve, 1200));
    }
  }

  forget(): void {
    this.#world.apiServer.journal.clear();
  }
}

const environment = { HOST: "127.0.0.1", PORT: "0", KEDA_MEDIC_CLUSTER: "test", KEDA_MEDIC_KEDA_NAMESPACE: "keda" };

async function tick({ port }: Hosted, extensions: Readonly<Record<string, string>> = {}): Promise<void> {
  const attributes = { specversion: "1.0", id: "1", source: "t", type: "dev.knative.sources.ping", ...extensions };
  const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers });
  expect(answer.status).toBe(204);
}

/** One idle round is measured on real HTTP, and counted as often as the timer runs in an hour. */
test("an hour in which nothing happens costs the API server at most 120 requests, watches and Leases aside", () =>
  idle(async (world, requests, kubeconfig) => {
    world.objects.put("leases", object("keda-medic", "keda-medic", {}));
    const config = configOf(environment);
    const hosted = await host(config, "watch", { ownTimer: true, kubeconfig });
    try {
      await world.until("the watches", () => world.apiServer.watches.open === 4);
      await requests.untilCalm();
      requests.forget();
      // What every idle round does, told by the timer that any host may have.
      await tick(hosted);
      await requests.untilCalm();
      const round = requests.made;
      // Who watches sweeps half as often; every three hours the lists are read anew, every six KEDA's names, once an hour what is long over.
      const rounds = 3_600_000 / (2 * config.sweep);
      const perHour = round.length * rounds + 4 / 3 + 5 / 6 + 1;
      expect(round.length).toBeGreaterThan(5);
      expect(round.every(({ method }) => method === "GET")).toBe(true);
      expect(perHour).toBeLessThanOrEqual(most);
      expect(read("README.md")).toContain(`asked ${Math.round(perHour)} times in an hour`);
    } finally {
      await hosted.close();
    }
  }));

/** How often a schedule of ours is due in an hour: `STEP` minutes, or from one minute to another by `STEP`. */
const perHour = (schedule: string): number => 60 / Number(/^(?:\*|\d+-59)\/(\d+) \* \* \* \*$/.exec(schedule)?.[1]);

test("with Knative, too: both PingSources of the chart, each tick answered by a process of its own", () =>
  idle(async (_world, requests, kubeconfig) => {
    const timers = ofKind(objects(read("infra/kubernetes/knative.yaml")), "PingSource");
    expect(timers).toHaveLength(2);
    // The first tick after an installation looks at everything, whichever it is.
    const first = await host(configOf(environment), "sweep", { ownTimer: false, kubeconfig });
    await tick(first);
    await requests.untilCalm();
    await first.close();
    const costs = new Map<string, number>();
    for (const { metadata, spec } of timers) {
      requests.forget();
      // Scaled to zero in between: nothing is remembered.
      const hosted = await host(configOf(environment), "sweep", { ownTimer: false, kubeconfig });
      await tick(hosted, spec.ceOverrides?.extensions);
      await requests.untilCalm();
      await hosted.close();
      costs.set(metadata.name, requests.made.length * perHour(spec.schedule));
    }
    expect(costs.get("keda-medic-due")).toBe(2 * 30);
    expect(costs.get("keda-medic-sweep")).toBeGreaterThan(3 * 5);
    const all = [...costs.values()].reduce((one, other) => one + other);
    expect(all).toBeLessThanOrEqual(most);
    expect(read("README.md")).toContain(`or ${all} times with Knative`);
  }));
