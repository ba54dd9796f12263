import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Loose } from "../api/client.ts";

/** Without its conversion webhook: nobody would answer. */
function withoutConversion({ spec, ...definition }: Loose): Loose {
  const { conversion: _conversion, ...rest } = spec;
  return { ...definition, spec: rest };
}

/** Of Knative Serving: the kind of its Services, and the rights on them that it gives to Eventing's accounts. */
export async function servingManifests(module: string): Promise<readonly Loose[]> {
  const read = async (file: string): Promise<Loose> => load(await readFile(join(module, "config/core", file), "utf8"));
  return [
    withoutConversion(await read("300-resources/service.yaml")),
    await read("200-roles/podspecable-bindings-clusterrole.yaml"),
  ];
}
