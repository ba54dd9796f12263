import { setTimeout as sleep } from "node:timers/promises";
import type { FunctionName } from "../images.ts";
import { Environment } from "./environment.ts";
import { region, taskRoot } from "./package.ts";
import type { Deployed, Mapping } from "./stack.ts";

export interface FunctionsOptions {
  /** Folder of the package. */
  readonly folder: string;
  readonly functions: readonly Deployed[];
  readonly mappings: readonly Mapping[];
  /** What the role's session and the scenario give a function. */
  readonly given: (deployed: Deployed) => Readonly<Record<string, string>>;
  readonly onLine: (name: FunctionName, text: string) => void;
}

/** Lambda's service: execution environments as they are needed, at most as many as the function's queue asks for. */
export class LambdaFunctions {
  readonly #options: FunctionsOptions;
  readonly #environments = new Map<FunctionName, Environment[]>();
  #closed = false;

  constructor(options: FunctionsOptions) {
    this.#options = options;
  }

  /** Hands an event to a function and gives its answer; rejects when the invocation fails. */
  async invoke(name: FunctionName, event: unknown): Promise<unknown> {
    while (!this.#closed) {
      const free = await this.#free(name);
      if (free !== undefined) return free.invoke(event);
      await sleep(20);
    }
    throw new Error("the functions are gone");
  }

  /** Kills every environment of the function; Lambda starts new ones at the next event. */
  crash(name: FunctionName): void {
    for (const environment of this.#environments.get(name) ?? []) environment.crash();
    this.#environments.set(name, []);
  }

  close(): void {
    this.#closed = true;
    for (const name of [...this.#environments.keys()]) this.crash(name);
  }

  /** Undefined while as many as may be are busy. */
  async #free(name: FunctionName): Promise<Environment | undefined> {
    const all = (this.#environments.get(name) ?? []).filter(({ dead }) => !dead);
    this.#environments.set(name, all);
    const most = this.#options.mappings.find(({ reader }) => reader === name)?.concurrency ?? 2;
    const idle = all.find((one) => one.idle);
    if (idle !== undefined || all.length >= most) return idle;
    const made = this.#environment(name);
    all.push(made);
    await made.start();
    return made.idle ? made : undefined;
  }

  #environment(name: FunctionName): Environment {
    const { functions, folder, given, onLine } = this.#options;
    const deployed = functions.find((one) => one.name === name);
    if (deployed === undefined) throw new Error(`the stack has no function ${name}`);
    return new Environment({
      timeout: deployed.timeout,
      onLine: (text) => onLine(name, text),
      env: {
        ...deployed.environment,
        AWS_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: deployed.functionName,
        LAMBDA_TASK_ROOT: taskRoot(folder, name),
        _HANDLER: deployed.handler,
        TZ: ":UTC",
        ...given(deployed),
      },
    });
  }
}
