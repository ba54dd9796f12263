import { describe, expect, test } from "@jest/globals";
import { type Seen, sawAt, unseen } from "../../../src/core/seen.ts";
import { newReach } from "../../../src/edge/tls/reach.ts";
import type { Probe, ProbedChain } from "../../../src/ports/probe.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";

const target = { namespace: "keda", pod: "p", ip: "10.0.0.1", port: 9666, serverName: "operator.keda" };
const leafOf = (name: string): Seen<ProbedChain> => {
  const times = { notBefore: 1_700_000_000_000, notAfter: 1_900_000_000_000 };
  const key = pooledKey("ECDSA", name);
  return sawAt({ chain: [mintCertificate({ subject: { cn: name }, key, dnsNames: [name], ...times }).certificate] }, 1);
};
const answering = (...answers: readonly Seen<ProbedChain>[]): Probe => {
  const left = [...answers];
  return { probe: async () => left.shift() ?? unseen("Unreachable", "no more") };
};

async function stateAfter(...answers: readonly Seen<ProbedChain>[]) {
  const reach = newReach();
  const probe = reach.watch(answering(...answers));
  for (const answer of answers) expect(await probe.probe(target)).toEqual(answer);
  return reach.state();
}

describe("whether Pods can be reached at their own addresses", () => {
  test("is not known before anybody was dialled", () => {
    expect(newReach().state()).toBe("untried");
  });

  test.each([
    ["a certificate of that name", leafOf("operator.keda"), "reachable"],
    ["a certificate of another name: a proxy's", leafOf("proxy.example"), "unreachable"],
    ["nobody", unseen("Timeout", "no route"), "unreachable"],
    ["a refused connection, perhaps a firewall's", unseen("Unreachable", "ECONNREFUSED"), "unreachable"],
    ["nonsense", unseen("Malformed", "not TLS"), "unreachable"],
  ] as const)("%s", async (_, answer, state) => {
    expect(await stateAfter(answer)).toBe(state);
  });

  test("is proved by one Pod among others, and stays proved", async () => {
    const [good, bad] = [leafOf("operator.keda"), unseen("Timeout", "no route")];
    expect(await stateAfter(bad, good)).toBe("reachable");
    expect(await stateAfter(good, bad)).toBe("reachable");
  });

  test("says nothing about a Pod without an address", async () => {
    const reach = newReach();
    await reach.watch(answering(unseen("NotAsked", "no address"))).probe({ ...target, ip: undefined });
    expect(reach.state()).toBe("untried");
  });
});
