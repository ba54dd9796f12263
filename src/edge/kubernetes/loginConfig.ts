import { KubeConfig } from "@kubernetes/client-node";

/** Loaded only for exec and auth-provider users. A file of ours, so that a bundler sees what is used of the package. */
export const newKubeConfig = (): KubeConfig => new KubeConfig();
