import type { Duration } from "../../core/instant.ts";
import { type Answered, distrust, type Unanswered } from "./exchange.ts";

type Outcome = Answered | Unanswered;

/** Longest pause of our own; one that the server asks for may be longer, if there is time for it. */
const LONGEST = 2000;
/** An attempt with less time than this is not worth the API server's while. */
const SHORTEST_ATTEMPT = 50;

export interface Repetition {
  readonly retries: number;
  /** Pause before the first repetition, before jitter. */
  readonly backoff: Duration;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly attempt: () => Promise<Outcome>;
  readonly onRetry: () => void;
}

/** Attempts until the answer settles something, the repetitions are used up, or there is no time to wait for another. */
export async function repeat(plan: Repetition): Promise<Outcome> {
  let answer = await plan.attempt();
  for (let done = 0; done < plan.retries && worthRepeating(answer); done++) {
    const wait = waitBefore(done, plan.backoff, answer);
    if (wait + SHORTEST_ATTEMPT > left(plan.deadline)) break;
    plan.onRetry();
    await new Promise((resolve) => setTimeout(resolve, wait));
    answer = await plan.attempt();
  }
  return answer;
}

/** Time left until a deadline, at least 1 ms. */
export const left = (deadline: number): Duration => Math.max(1, Math.round(deadline - performance.now()));

const worthRepeating = (answer: Outcome): boolean =>
  answer.answered
    ? answer.status === 429 || answer.status >= 500
    : answer.reason !== "TooLarge" && !distrust(answer.code);

/** What `Retry-After` asks for, else exponential with full jitter. */
function waitBefore(done: number, base: Duration, answer: Outcome): Duration {
  const asked = answer.answered ? retryAfter(answer.headers["retry-after"]) : undefined;
  return asked ?? Math.min(LONGEST, Math.random() * base * 2 ** done);
}

/** In whole seconds, as kube-apiserver sends it; dates are not read. */
function retryAfter(header: string | undefined): Duration | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) * 1000 : undefined;
}
