import { expect, test } from "@jest/globals";
import { type MissReason, type Seen, sawAt, unseen } from "../../../src/core/seen.ts";
import { firstThat } from "../../../src/edge/tls/fallback.ts";
import type { Probe, ProbedChain } from "../../../src/ports/probe.ts";
import { pooledKey } from "../../../src/sandbox/pki/key.ts";
import { mintCertificate } from "../../../src/sandbox/pki/mint.ts";

const target = { namespace: "keda", pod: "p", ip: "10.0.0.1", port: 9666, serverName: "s" };
const sees = (name: string): Seen<ProbedChain> => sawAt({ chain: [name] }, 1);

/** A probe with one answer, and how often it was asked. */
function answering(answer: Seen<ProbedChain>): Probe & { asked: number } {
  const probe = {
    asked: 0,
    probe: async () => {
      probe.asked += 1;
      return answer;
    },
  };
  return probe;
}

test("a direct look is enough", async () => {
  const second = answering(sees("second"));
  expect(await firstThat(answering(sees("direct")), second).probe(target)).toEqual(sees("direct"));
  expect(second.asked).toBe(0);
});

test.each<MissReason>(["Unreachable", "Timeout"])("%s: the second way is asked", async (reason) => {
  const probe = firstThat(answering(unseen(reason, "no path")), answering(sees("second")));
  expect(await probe.probe(target)).toEqual(sees("second"));
});

test.each<MissReason>(["Malformed", "NotAsked", "NotFound"])("%s: another path cannot help", async (reason) => {
  const second = answering(sees("second"));
  expect(await firstThat(answering(unseen(reason, "no")), second).probe(target)).toEqual(unseen(reason, "no"));
  expect(second.asked).toBe(0);
});

test.each<[MissReason, MissReason]>([
  ["Forbidden", "Forbidden"],
  ["Malformed", "Malformed"],
  ["NotAsked", "Timeout"],
])("both fail, the second with %s: both stories, reason %s", async (other, reason) => {
  const probe = firstThat(answering(unseen("Timeout", "direct")), answering(unseen(other, "forwarded")));
  expect(await probe.probe(target)).toEqual(unseen(reason, "direct; then forwarded"));
});

test("a certificate without the name asked for: the second way is asked, and the first look stands when it fails", async () => {
  const leaf = (name: string): Seen<ProbedChain> => {
    const times = { notBefore: 1_700_000_000_000, notAfter: 1_900_000_000_000 };
    const { certificate } = mintCertificate({
      subject: { cn: name },
      key: pooledKey("ECDSA", name),
      dnsNames: [name],
      ...times,
    });
    return sees(certificate);
  };
  const [proxy, operator] = [leaf("proxy.example"), leaf("s")];
  expect(await firstThat(answering(proxy), answering(operator)).probe(target)).toEqual(operator);
  expect(await firstThat(answering(proxy), answering(unseen("Forbidden", "no"))).probe(target)).toEqual(proxy);
  const second = answering(proxy);
  expect(await firstThat(answering(operator), second).probe(target)).toEqual(operator);
  expect(second.asked).toBe(0);
});
