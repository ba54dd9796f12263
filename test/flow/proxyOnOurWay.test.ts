import { expect, test } from "@jest/globals";
import { caseOf } from "../../src/core/diagnose.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import { sawAt } from "../../src/core/seen.ts";
import { gather } from "../../src/flow/gather.ts";
import { pooledKey } from "../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../src/sandbox/pki/mint.ts";
import { World } from "./world.ts";

test("a proxy that answers our probe in the operator's place tells nothing about the operator", async () => {
  const world = World.metricsApiserverStale();
  const times = { notBefore: world.now - 1000, notAfter: world.now + 86_400_000 };
  const key = pooledKey("ECDSA", "proxy");
  const { certificate } = mintCertificate({ subject: { cn: "egress" }, key, dnsNames: ["egress.example"], ...times });
  world.probe = async () => sawAt({ chain: [certificate] }, world.now);
  const looking = { cluster: world, probe: world, clock: { now: () => world.now } };
  const evidence = await gather(looking, { settings: { readSecret: true }, askRawMetric: false });
  expect(Object.values(evidence.operatorPresents)).toHaveLength(1);
  const { holdings } = caseOf(evidence, defaultPolicy);
  expect(holdings.operator).toMatchObject([{ shows: "unseen", reason: "Unreachable" }]);
});
