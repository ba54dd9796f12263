import { expect, test } from "@jest/globals";
import { hours } from "../../src/core/instant.ts";
import { sawAt } from "../../src/core/seen.ts";
import { gather } from "../../src/flow/gather.ts";
import type { KubeObject } from "../../src/ports/cluster.ts";
import { failingWith, hpasSaying } from "../builders/recorded.ts";
import { World } from "./world.ts";

/** Left over from a ScaledObject that is gone, and the first in the list. */
const leftOver = (words: string, at: number): KubeObject => {
  const [one] = hpasSaying(failingWith(words), at - hours(5));
  const name = "a-old";
  const labels = { ...one?.metadata.labels, "scaledobject.keda.sh/name": name };
  return { ...one, metadata: { ...one?.metadata, name: `keda-hpa-${name}`, labels } } as KubeObject;
};

class Crowded extends World {
  readonly asked: string[] = [];
  readonly words: string;
  constructor(words: string) {
    super();
    this.words = words;
  }
  override async hpas() {
    const own = await super.hpas();
    return own.seen
      ? sawAt({ ...own.value, items: [leftOver(this.words, this.now), ...own.value.items] }, own.at)
      : own;
  }
  override async externalMetric(_namespace?: string, _metric?: string, scaledObject = "") {
    this.asked.push(scaledObject);
    return super.externalMetric();
  }
}

test.each([
  ["its own source", "rpc error: code = Unknown desc = error when getting metric values no matching metrics found"],
  [
    "a ScaledObject that is gone",
    'rpc error: code = Unknown desc = error getting scalers ScaledObject.keda.sh "a-old"',
  ],
  ["hop A", "the server is currently unable to handle the request (get s0.external.metrics.k8s.io)"],
  ["a busy API server", "the server has received too many requests and has asked us to try again later"],
])("the raw metric is not asked of an HPA that fails for %s", async (_, words) => {
  const world = new Crowded(words);
  const ports = { cluster: world, probe: world, clock: { now: () => world.now } };
  const evidence = await gather(ports, { settings: { readSecret: true }, askRawMetric: true });
  expect(world.asked).toHaveLength(1);
  expect(world.asked).not.toContain("a-old");
  expect(evidence.rawMetric).toMatchObject({ seen: true, value: { answered: true } });
});
