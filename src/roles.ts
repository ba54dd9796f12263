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
import { makeSweep, type Swept } from "./flow/sweep.ts";
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
export function respondHandle(ports: Pick<ActingPorts, "clock" | "log">, respond: Respond): Handle {
  return async (event): Promise<Handled> => {
    const signal = toSignal(event);
    if (signal.kind !== "NotOurs") return respond(toWakeUp(event, signal, ports.clock.now()));
    if (signal.code === "SecretInResourceMode") sayDiscarded(ports.log, event);
    return "ignored";
  };
}

/** Requests of respond -> restart. Anything else is none of its business. */
export function restartHandle(log: Log, restart: Restart): Handle {
  return async (event): Promise<Handled> => {
    const request = toRestartRequest(event);
    if (!("problem" in request)) return restart(request);
    log.info("ignored an event that is no restart request", { problem: request.problem });
    return "ignored";
  };
}

/** A tick of any timer -> sweep. */
export function sweepHandle(sweep: () => Promise<Swept>): Handle {
  return async (event): Promise<Handled> => {
    if (toSignal(event).kind !== "Tick") return "ignored";
    const { looked } = await sweep();
    return looked ? "taken" : "parkingFailed";
  };
}

export interface Roles {
  readonly handle: Handle;
  /** Undefined for restart: it only does what it is asked. */
  readonly sweep: (() => Promise<Swept>) | undefined;
}

/** respond alone: requests go to the sink, where a broker or restart itself takes them. */
export function respondRole(ports: ActingPorts, settings: Settings): Roles {
  return { handle: respondHandle(ports, makeRespond(ports, settings)), sweep: undefined };
}

export function restartRole(ports: ActingPorts, settings: Settings): Roles {
  return { handle: restartHandle(ports.log, makeRestart(ports, settings)), sweep: undefined };
}

export function sweepRole(ports: ActingPorts, settings: Settings): Roles {
  const sweep = makeSweep(ports, makeRespond(ports, settings));
  return { handle: sweepHandle(sweep), sweep };
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
export function allRoles(ports: ActingPorts, settings: Settings): Roles {
  const emitter = loopback(ports.emitter, ports, (event) => handle(event));
  const own: ActingPorts = { ...ports, emitter };
  const respond = makeRespond(own, settings);
  const toRespond = respondHandle(own, respond);
  const toRestart = restartHandle(own.log, makeRestart(own, settings));
  const handle: Handle = (event) =>
    event.type.startsWith("dev.kedamedic.restart.requested") || event.type.startsWith("dev.kedamedic.pods.")
      ? toRestart(event)
      : toRespond(event);
  return { handle, sweep: makeSweep(own, respond) };
}

/** Every role by its name. */
export const makers: Readonly<Record<Role, (ports: ActingPorts, settings: Settings) => Roles>> = {
  respond: respondRole,
  restart: restartRole,
  sweep: sweepRole,
  all: allRoles,
};
