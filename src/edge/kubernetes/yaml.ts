import { load } from "js-yaml";

/** Loaded only where a kubeconfig is read. A file of ours, so that a bundler sees what is used of the package. */
export const loadYaml = (text: string): unknown => load(text);
