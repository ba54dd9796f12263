import { clusterAccess, compose, logFor, type Role, settingsFor } from "./compose.ts";
import { parseConfig, readEnvironment } from "./edge/config.ts";
import type { Handle } from "./edge/hosts/intake.ts";
import { answerUrl, isUrlEvent, type UrlResult } from "./edge/hosts/lambda/functionUrl.ts";
import type { Log } from "./ports/log.ts";
import { makers, type Roles } from "./roles.ts";

/** AWS Lambda's own shape: an event in, a result out. What is thrown is retried by Lambda. */
export type LambdaHandler = (event: unknown) => Promise<UrlResult | undefined>;

interface Ready {
  readonly roles: Roles;
  readonly log: Log;
  readonly token: string | undefined;
  readonly flush: () => Promise<void>;
}

async function prepare(role: Exclude<Role, "all">): Promise<Ready> {
  const parsed = parseConfig(readEnvironment());
  if (!parsed.ok) throw new Error(parsed.problems.map(({ variable, problem }) => `${variable}: ${problem}`).join("; "));
  const { config } = parsed;
  const { ports } = await compose(config, role, await clusterAccess(config, {}));
  return {
    roles: makers[role](ports, settingsFor(config)),
    log: logFor(config, role),
    token: config.token,
    flush: () => ports.tracer.flush(),
  };
}

/** A schedule or anything else that is no HTTP request ticks sweep; the other roles take events by HTTP only. */
async function tick({ roles, log }: Ready): Promise<undefined> {
  if (roles.sweep === undefined) log.warn("an invocation that is no HTTP request was ignored");
  else await roles.sweep();
  return undefined;
}

/**
 * One role as a Lambda handler. What every invocation needs is prepared in the unthrottled init; spans are sent before the
 * answer, because the process is frozen after it.
 */
export async function lambdaHandler(role: Exclude<Role, "all">): Promise<LambdaHandler> {
  const ready = await prepare(role);
  const handle: Handle = ready.roles.handle;
  return async (event) => {
    try {
      return isUrlEvent(event)
        ? await answerUrl(event, handle, { token: ready.token, log: ready.log })
        : await tick(ready);
    } finally {
      await ready.flush();
    }
  };
}
