import { logFor, type Role, roles } from "../compose.ts";
import { messageOf } from "../core/thrown.ts";
import { endOnSignal, type Hosted, host } from "../host.ts";
import { type Arguments, noPositionals } from "./args.ts";
import { accessOptions, environmentConfig } from "./cluster.ts";
import { CommandError, exit, usageError } from "./exit.ts";
import type { Output } from "./output.ts";

function roleOf(args: Arguments): Role {
  const chosen = args.text("role") ?? "all";
  const role = roles.find((r) => r === chosen);
  if (role === undefined) throw usageError(`--role takes ${roles.join(", ")}, not "${chosen}".`);
  return role;
}

/** Ends only by a signal: the exit code is the process's own then. */
export async function runCommand(args: Arguments, output: Output): Promise<number> {
  noPositionals("run", args);
  const role = roleOf(args);
  const config = environmentConfig({
    KEDA_MEDIC_MODE: args.text("mode"),
    KEDA_MEDIC_SWEEP: args.text("sweep"),
    KEDA_MEDIC_WATCH: args.flag("watch") ? "true" : undefined,
    KEDA_MEDIC_KEDA_NAMESPACE: args.text("namespace"),
    PORT: args.text("port"),
    HOST: args.text("host") ?? (role === "all" ? "127.0.0.1" : undefined),
  });
  if (role === "all")
    output.warn(
      "Every role in one process, with one set of rights: fine for a laptop. In a cluster run watch and restart, or respond, restart and sweep, apart.\n",
    );
  let hosted: Hosted;
  try {
    hosted = await host(config, role, { ...accessOptions(args), ownTimer: true });
  } catch (error) {
    throw new CommandError(messageOf(error), exit.couldNotLook);
  }
  endOnSignal(hosted, logFor(config, role));
  return new Promise<number>(() => {});
}
