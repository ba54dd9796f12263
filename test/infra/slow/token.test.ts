import { beforeAll, describe, expect, test } from "@jest/globals";
import { parseConfig } from "../../../src/edge/config.ts";
import { builtHelm, type Helm, set } from "../tools/helm.ts";
import { type Loose, ofKind } from "../tools/objects.ts";

let helm: Helm;
beforeAll(async () => {
  // The first build takes about two minutes on two cores.
  helm = await builtHelm();
}, 900_000);

const tokens = ["KEDA_MEDIC_TOKEN", "KEDA_MEDIC_SINK_TOKEN"];

/** Environment of each Deployment's container. */
const environments = (...values: readonly string[]): readonly (readonly Loose[])[] =>
  ofKind(helm.objects(...set(...values)), "Deployment").map(({ spec }) => spec.template.spec.containers[0].env);

describe("tokenSecret", () => {
  test("gives both processes one token, to ask for and to show", () => {
    const all = environments("tokenSecret.name=medic", "tokenSecret.key=t");
    expect(all).toHaveLength(2);
    for (const env of all) {
      const ours = env.filter(({ name }) => tokens.includes(name));
      const valueFrom = { secretKeyRef: { name: "medic", key: "t" } };
      expect(ours).toEqual(tokens.map((name) => ({ name, valueFrom })));
      const value = (one: Loose): string => one.value ?? "0123456789abcdef";
      expect(parseConfig(Object.fromEntries(env.map((one) => [one.name, value(one)])))).toMatchObject({ ok: true });
    }
  });

  test("is asked of nobody unless it is named", () => {
    const all = environments();
    expect(all).toHaveLength(2);
    expect(all.flat().filter(({ name }) => tokens.includes(name))).toEqual([]);
  });

  test.each([
    ["host=knative,tokenSecret.name=medic", "tokenSecret needs host=deployment"],
    ["sources.eventExporter.enabled=true,tokenSecret.name=medic", "would be answered 401"],
    ["sources.kedaCloudEvents.enabled=true,sources.kedaCloudEvents.clusterWide=true,tokenSecret.name=medic", "401"],
    ["tokenSecret.name=My Secret", "at '/tokenSecret/name'"],
  ])("%s is refused", (values, sentence) => {
    const { code, stderr } = helm.template(...set(values));
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
  });
});
