import type { WorldTime } from "../time.ts";
import type { SecretVolume } from "./volume.ts";

/** What a container has. */
export interface Environment {
  readonly namespace: string;
  readonly podName: string;
  readonly podIp: string;
  readonly image: string;
  readonly args: readonly string[];
  /** Mounted at /certs. */
  readonly certs: SecretVolume;
  /** Timers end with the process. */
  readonly time: WorldTime;
  /** One line on stderr. */
  readonly log: (line: string) => void;
  /** The readiness probe succeeds from now on. */
  readonly ready: () => void;
  readonly exit: (code: number) => void;
}

/** A running program. */
export interface Process {
  /** SIGTERM: it may end itself by `exit`, or not. */
  terminate(): void;
  /** SIGKILL: sockets and all. */
  kill(): Promise<void>;
}

/** What an image runs. */
export type Program = (environment: Environment) => Promise<Process>;
