import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Election, type ElectionTiming, leaderElection } from "../../../src/edge/kubernetes/lease.ts";
import { leaseRules } from "../../../src/edge/kubernetes/rbac.ts";
import type { User } from "../../../src/sandbox/apiserver/rbac.ts";
import { object, type StandIn, sleep, standIn, until } from "./standIn.ts";

const timing: ElectionTiming = { leaseDuration: 300, renewDeadline: 200, retryPeriod: 40 };
const at = { namespace: "keda-medic", name: "keda-medic" };

const medic: User = {
  name: "system:serviceaccount:keda-medic:keda-medic-respond",
  token: "medic",
  grants: [{ namespace: "keda-medic", rules: leaseRules("keda-medic").own ?? [] }],
};

let world: StandIn;
let elections: Election[];
let terms: { readonly who: string; readonly signal: AbortSignal; endedAt?: number; readonly beganAt: number }[];
let warned: string[];

const log = { info: () => {}, warn: (message: string) => warned.push(message), error: () => {} };

function run(who: string, more: Partial<ElectionTiming> = {}): Election {
  const election = leaderElection({
    client: world.as(medic),
    ...at,
    identity: who,
    log,
    timing: { ...timing, ...more },
    lead: (signal) => {
      const term: (typeof terms)[number] = { who, signal, beganAt: performance.now() };
      terms.push(term);
      signal.addEventListener("abort", () => {
        term.endedAt = performance.now();
      });
    },
  });
  elections.push(election);
  return election;
}

const leaders = (): string[] => terms.filter(({ signal }) => !signal.aborted).map(({ who }) => who);
const spec = () => world.objects.get("leases", at)?.spec as Record<string, unknown>;
const lease = (more: Record<string, unknown>) =>
  world.objects.put("leases", object("keda-medic", "keda-medic", { spec: { leaseDurationSeconds: 1, ...more } }));

beforeEach(async () => {
  world = await standIn([medic]);
  elections = [];
  terms = [];
  warned = [];
  // As the chart makes it.
  world.objects.put("leases", object("keda-medic", "keda-medic", {}));
});
afterEach(async () => {
  await Promise.all(elections.map((election) => election.stop()));
  await world.close();
});

describe("the Lease", () => {
  test("without a holder is taken by the first, and the second one waits", async () => {
    run("a");
    await until("a leader", () => leaders().length === 1);
    run("b");
    await sleep(400);
    expect(leaders()).toEqual(["a"]);
    expect(spec()).toMatchObject({ holderIdentity: "a", leaseTransitions: 1, leaseDurationSeconds: 1 });
    expect(Date.parse(String(spec()["renewTime"]))).toBeGreaterThan(Date.parse(String(spec()["acquireTime"])));
  });

  test("that is given back is taken at once, without waiting for its end", async () => {
    const first = run("a", { leaseDuration: 60_000 });
    await until("a leader", () => leaders().length === 1);
    run("b", { leaseDuration: 60_000 });
    await sleep(100);
    await first.stop();
    await until("the other one", () => leaders()[0] === "b", 1000);
    expect(spec()).toMatchObject({ holderIdentity: "b", leaseTransitions: 2 });
  });

  test("of a process that died is taken when it did not change for its duration, by our own clock", async () => {
    // Its clock is a year ahead: nobody reads it.
    lease({ holderIdentity: "dead", renewTime: "2027-11-24T00:00:00.000000Z" });
    const beganAt = performance.now();
    run("b");
    await until("a leader", () => leaders().length === 1);
    expect(performance.now() - beganAt).toBeGreaterThan(950);
    expect(spec()).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  test("of somebody whose clock is a year behind is not taken while it is renewed", async () => {
    let n = 0;
    const renew = setInterval(
      () => lease({ holderIdentity: "slow clock", renewTime: "2025-01-01T00:00:00Z", n: ++n }),
      50,
    );
    run("b");
    await sleep(1400);
    clearInterval(renew);
    expect(leaders()).toEqual([]);
  });

  test("that cannot be renewed ends the term before another process can begin one", async () => {
    run("a");
    await until("a leader", () => leaders().length === 1);
    await world.api.down();
    await until("the end of the term", () => leaders().length === 0, 1000);
    expect(warned).toContain("no longer leading: the Lease could not be renewed in time");
    await world.api.up();
    await until("the next term", () => leaders().length === 1);
  });

  test("that cannot be renewed ends the term by when it was asked for, not by when that was answered", async () => {
    world.api.beforeAnswer = async ({ info }) => {
      if (info.verb === "update") await sleep(450);
      return "send" as const;
    };
    run("a", { leaseDuration: 3000, renewDeadline: 1000 });
    await until("a leader", () => leaders().length === 1);
    await world.api.down();
    await until("the end of the term", () => leaders().length === 0, 3000);
    const [term] = terms;
    expect((term?.endedAt ?? 0) - (term?.beganAt ?? 0)).toBeLessThan(800);
    await world.api.up();
  });

  test("that another one holds ends the term at once", async () => {
    run("a");
    await until("a leader", () => leaders().length === 1);
    lease({ holderIdentity: "b" });
    await until("the end of the term", () => leaders().length === 0, 500);
  });

  test("that was deleted is made anew by nobody: its holder goes on, the others lead beside it when it may have ended", async () => {
    run("a");
    await until("a leader", () => leaders().length === 1);
    run("b");
    await sleep(60);
    world.objects.remove("leases", at);
    await sleep(150);
    expect(leaders()).toEqual(["a"]);
    await until("the other one", () => leaders().length === 2, 1000);
    expect(spec()).toBeUndefined();
    expect(terms).toHaveLength(2);
    const missing = () => warned.filter((sentence) => sentence.includes("there is none of that name"));
    await until("both to say so", () => missing().length === 2, 1000);
  });

  test("that is there again has one holder again", async () => {
    world.objects.remove("leases", at);
    run("a");
    run("b");
    await until("both", () => leaders().length === 2, 1000);
    world.objects.put("leases", object("keda-medic", "keda-medic", {}));
    await until("one leader", () => leaders().length === 1, 1000);
    await sleep(100);
    expect(leaders()).toEqual([spec()["holderIdentity"]]);
    // When it is gone again, its holder has the same time as the first time.
    world.objects.remove("leases", at);
    await sleep(150);
    expect(leaders()).toHaveLength(1);
  });

  test("never has two holders, whoever comes and goes", async () => {
    let most = 0;
    const count = setInterval(() => {
      most = Math.max(most, leaders().length);
    }, 1);
    for (let round = 0; round < 6; round += 1) {
      const some = [run(`a${round}`), run(`b${round}`), run(`c${round}`)];
      await until("a leader", () => leaders().length === 1);
      await sleep(60);
      await Promise.all(some.map((election) => election.stop()));
      expect(leaders()).toEqual([]);
    }
    clearInterval(count);
    expect(most).toBe(1);
  });

  test("without the right nobody leads, and it is said once", async () => {
    const election = leaderElection({
      client: world.as({ ...medic, token: "unknown" }),
      ...at,
      identity: "x",
      log,
      timing,
      lead: () => terms.push({ who: "x", signal: new AbortController().signal, beganAt: 0 }),
    });
    elections.push(election);
    await sleep(200);
    expect(terms).toEqual([]);
    expect(warned).toHaveLength(1);
  });
});
