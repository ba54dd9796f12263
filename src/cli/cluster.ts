import { type AccessOptions, clusterAccess, probeFor, systemClock } from "../compose.ts";
import { messageOf } from "../core/thrown.ts";
import { type Config, parseConfig, readEnvironment } from "../edge/config.ts";
import { type KubeClient, kubeClient } from "../edge/kubernetes/client.ts";
import { clusterReader } from "../edge/kubernetes/reader.ts";
import { kubernetesStore } from "../edge/kubernetes/store.ts";
import type { ClusterReader } from "../ports/cluster.ts";
import type { Probe } from "../ports/probe.ts";
import type { Store } from "../ports/store.ts";
import type { Arguments } from "./args.ts";
import { CommandError, exit, usageError } from "./exit.ts";

/** Variables that an option stands for: whoever typed the option is told about the option. */
const optionFor: Readonly<Record<string, string>> = {
  HOST: "--host",
  PORT: "--port",
  KEDA_MEDIC_MODE: "--mode",
  KEDA_MEDIC_SWEEP: "--sweep",
  KEDA_MEDIC_WATCH: "--watch",
  KEDA_MEDIC_KEDA_NAMESPACE: "--namespace",
  KEDA_MEDIC_NAMESPACE: "--store-namespace",
};

/** The configuration from the environment and the options, or everything that is wrong with it in one message. */
export function environmentConfig(options: Readonly<Record<string, string | undefined>> = {}): Config {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const parsed = parseConfig({ ...readEnvironment(), ...given });
  if (parsed.ok) return parsed.config;
  const nameOf = (variable: string): string => (variable in given ? optionFor[variable] : undefined) ?? variable;
  throw usageError(parsed.problems.map(({ variable, problem }) => `${nameOf(variable)}: ${problem}`).join("\n"));
}

export const accessOptions = (args: Arguments): AccessOptions => ({
  kubeconfig: args.text("kubeconfig"),
  context: args.text("context"),
});

export interface Connected {
  readonly config: Config;
  readonly client: KubeClient;
  readonly cluster: ClusterReader;
  readonly probe: Probe;
  readonly store: Store;
}

/** A client with the caller's own rights. Throws a CommandError (exit code 3) that says what is missing. */
export async function connect(args: Arguments): Promise<Connected> {
  const config = environmentConfig({
    KEDA_MEDIC_KEDA_NAMESPACE: args.text("namespace"),
    KEDA_MEDIC_NAMESPACE: args.text("store-namespace"),
  });
  try {
    const access = await clusterAccess(config, accessOptions(args));
    const client = kubeClient(access, { clock: systemClock });
    return {
      config,
      client,
      cluster: clusterReader(client),
      probe: probeFor(access),
      store: kubernetesStore({ client, namespace: config.namespace }),
    };
  } catch (error) {
    throw new CommandError(messageOf(error), exit.couldNotLook);
  }
}
