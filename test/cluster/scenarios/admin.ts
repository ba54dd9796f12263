import type { KubeObject } from "../../../src/ports/cluster.ts";
import type { World } from "../../../src/sandbox/world.ts";
import { type Api, connectApi } from "../api/client.ts";

/** An administrator's client of any world's API server. */
export const adminOf = async (world: World): Promise<Api> => connectApi(await world.kubeconfig("admin"));

export const deploymentPath = ({ names }: World, name = ""): string =>
  `/apis/apps/v1/namespaces/${names.namespace}/deployments${name === "" ? "" : `/${name}`}`;

export const servicePath = ({ names }: World, name = ""): string =>
  `/api/v1/namespaces/${names.namespace}/services${name === "" ? "" : `/${name}`}`;

/** An object as a person or a chart would write it: without what the API server has added. */
export function asWritten({ apiVersion, kind, metadata, spec }: KubeObject & { apiVersion?: string; kind?: string }) {
  const { name, namespace, labels } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, labels }, spec };
}
