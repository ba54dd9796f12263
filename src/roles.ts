import type { Role } from "./compose.ts";
import type { IncomingEvent } from "./core/event.ts";
import { messageOf } from "./core/thrown.ts";
import { toRestartRequest } from "./edge/cloudevents/own.ts";
import { toSignal } from "./edge/cloudevents/signal.ts";
import { toWakeUp } from "./edge/cloudevents/wakeUp.ts";
import type { Handle, Handled } from "./edge/hosts/intake.ts";
import type { ActingPorts, Settings } from "./flow/ports.ts";
import { makeRespond } from "./flow/respond.ts";
import { makeRestart } from "./flow/restart.ts";
import { makeSweep, type Sweep } from "./flow/sweep.ts";
import type { Emitter, OutgoingEvent } from "./ports/emitter.ts";
import type { Log } from "./ports/log.ts";
import type { Respond, Restart } from "./ports/responder.ts";

/** A whole Secret was posted: said by code, never looked into. The source's configuration must be changed. */
function sayDiscarded(log: Log, event: IncomingEvent): void {
  log.warn("discarded a Secret that was sent whole: set the source to Reference mode", {
    code: "SecretInResourceMode",
    source: event.source,
  });
}

/** Events of any source -> respond. */
function respondHandle(ports: Pick<ActingPorts, "clock" | "log">, respond: Respond): Handle {
  return async (event): Promise<Handled> => {
    const signal = toSignal(event);
    if (signal.kind !== "NotOurs") return respond(toWakeUp(event, signal, ports.clock.now()));
    if (signal.code === "SecretInResourceMode") sayDiscarded(ports.log, event);
    return "ignored";
  };
}

/** Requests of respond -> restart. Anything else is none of its business. */
function restartHandle(log: Log, restart: Restart): Handle {
  return async (event): Promise<Handled> => {
    const request = toRestartRequest(event);
    if (!("problem" in request)) return restart(request);
    log.info("ignored an event that is no restart request", { problem: request.problem });
    return "ignored";
  };
}

/** An attribute of a tick: `due` asks for what has fallen due and no more. A timer may tick often then. */
const tickAttribute = "kedamedictick";

/** A tick of any timer -> sweep. */
function sweepHandle(sweep: Sweep): Handle {
  return async (event): Promise<Handled> => {
    if (toSignal(event).kind !== "Tick") return "ignored";
    const { looked } = await sweep(event.attributes[tickAttribute] === "due" ? "due" : "all");
    return looked ? "taken" : "parkingFailed";
  };
}

export interface Roles {
  readonly handle: Handle;
  /** Undefined for restart: it only does what it is asked. */
  readonly sweep: Sweep | undefined;
}

/** respond alone: requests go to the sink, where a broker or restart itself takes them. */
export function respondRole(ports: ActingPorts, settings: Settings): Roles {
  return { handle: respondHandle(ports, makeRespond(ports, settings)), sweep: undefined };
}

function restartRole(ports: ActingPorts, settings: Settings): Roles {
  return { handle: restartHandle(ports.log, makeRestart(ports, settings)), sweep: undefined };
}

/** Housekeeping after a whole sweep: whether it works or not, the sweep was made. */
const thenTidy =
  (sweep: Sweep, tidy: (() => Promise<unknown>) | undefined): Sweep =>
  async (round = "all") => {
    const swept = await sweep(round);
    if (round === "all") await tidy?.().catch(() => undefined);
    return swept;
  };

export function sweepRole(ports: ActingPorts, settings: Settings, tidy?: () => Promise<unknown>): Roles {
  const sweep = thenTidy(makeSweep(ports, makeRespond(ports, settings), settings.kedaNamespace), tidy);
  return { handle: sweepHandle(sweep), sweep };
}

/** respond and sweep in one process: what the one has in hand the other one knows. */
function watchRole(ports: ActingPorts, settings: Settings, tidy?: () => Promise<unknown>): Roles {
  const respond = makeRespond(ports, settings);
  const sweep = thenTidy(makeSweep(ports, respond, settings.kedaNamespace), tidy);
  const onTick = sweepHandle(sweep);
  const onEvent = respondHandle(ports, respond);
  return { handle: (event) => (toSignal(event).kind === "Tick" ? onTick(event) : onEvent(event)), sweep };
}

/** Requests to restart and their reports stay in the process, as events still; what is told to people goes to the sink. */
function loopback(outside: Emitter, ports: ActingPorts, deliver: (event: IncomingEvent) => Promise<unknown>): Emitter {
  const inside = (event: OutgoingEvent): IncomingEvent => ({
    ...event,
    source: "/kedamedic/loopback",
    attributes: {},
    data: event.data,
  });
  return {
    emit: async (event) => {
      if (event.type.startsWith("dev.kedamedic.incident.")) return outside.emit(event);
      // Delivered after the emitting step has ended, as a broker would.
      setImmediate(() => {
        deliver(inside(event)).catch((error: unknown) =>
          ports.log.error("a loopback event failed", { type: event.type, error: messageOf(error) }),
        );
      });
      return true;
    },
  };
}

/** Every role in one process: for laptops and demos. */
function allRoles(ports: ActingPorts, settings: Settings, tidy?: () => Promise<unknown>): Roles {
  const emitter = loopback(ports.emitter, ports, (event) => handle(event));
  const own: ActingPorts = { ...ports, emitter };
  const respond = makeRespond(own, settings);
  const toRespond = respondHandle(own, respond);
  const toRestart = restartHandle(own.log, makeRestart(own, settings));
  const handle: Handle = (event) =>
    event.type.startsWith("dev.kedamedic.restart.requested") || event.type.startsWith("dev.kedamedic.pods.")
      ? toRestart(event)
      : toRespond(event);
  return { handle, sweep: thenTidy(makeSweep(own, respond, settings.kedaNamespace), tidy) };
}

/** Every role by its name. */
export const makers: Readonly<
  Record<Role, (ports: ActingPorts, settings: Settings, tidy?: () => Promise<unknown>) => Roles>
> = {
  respond: respondRole,
  restart: restartRole,
  sweep: sweepRole,
  watch: watchRole,
  all: allRoles,
};
