import type { Environment } from "../cluster/program.ts";
import { klog, type Severity, zap } from "./klog.ts";
import { panicDump } from "./panicDump.ts";
import { type KedaVersion, kedaVersion } from "./version.ts";

const TIMEOUT = "timeout while waiting to establish gRPC connection to KEDA Metrics Service server";
const ESTABLISHED = "Connection to KEDA Metrics Service gRPC server has been successfully established";
const WAITING = "Waiting for establishing a gRPC connection to KEDA Metrics Server";

type Fields = Readonly<Record<string, string>>;

/** What the metrics-apiserver writes about hop B, word for word, in the format of its version. */
export class AdapterLog {
  readonly #environment: Environment;
  readonly #version: KedaVersion;
  readonly #server: string;

  constructor(environment: Environment, server: string) {
    this.#environment = environment;
    this.#version = kedaVersion(environment.image);
    this.#server = server;
  }

  connecting(): void {
    this.#line(
      "I",
      "main.go:125",
      { logger: "", text: "Connecting Metrics Service gRPC client to the server" },
      {
        address: this.#server,
      },
    );
  }

  starting(): void {
    this.#provider("I", "provider.go:58", "starting", {});
  }

  waiting(): void {
    this.#provider("I", "client.go:88", WAITING, {});
  }

  /** @param atStart by the goroutine that waits since the start, else by a request */
  established(atStart: boolean): void {
    this.#provider("I", atStart ? "provider.go:66" : "provider.go:96", ESTABLISHED, { server: this.#server });
  }

  timedOut(path: string): void {
    this.#provider("E", "provider.go:91", "timeout", { error: TIMEOUT, server: this.#server });
    const panics = this.#version.panicsOnTimeout;
    const result = panics ? "runtime error: invalid memory address or nil pointer dereference" : "<nil>";
    this.klog(
      "E",
      "timeout.go:142",
      `post-timeout activity - time-elapsed: 82.374535ms, GET "${path}" result: ${result}`,
    );
    if (panics) this.#environment.log(panicDump);
  }

  /** grpc-go's own warning; `address` is what this version dials. */
  connectFailed(address: string, problem: string): void {
    const target = this.#version.dialsByAddress ? `${address}:9666` : this.#server;
    const source = this.#version.dialsByAddress ? "logging.go:55" : "logging.go:59";
    const about = `{Addr: "${target}", ServerName: "${this.#server}", }`;
    const err = `connection error: desc = ${JSON.stringify(problem)}`;
    const text = `[core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to ${about}. Err: ${err}`;
    this.klog("W", source, text);
  }

  klog(severity: Severity, source: string, text: string): void {
    this.#environment.log(klog(this.#environment.time.exact(), severity, source, text));
  }

  #provider(severity: "I" | "E", source: string, text: string, fields: Fields): void {
    this.#line(severity, source, { logger: "provider", text }, fields);
  }

  #line(
    severity: "I" | "E",
    source: string,
    message: { readonly logger: string; readonly text: string },
    fields: Fields,
  ): void {
    const logger = ["keda_metrics_adapter", ...(message.logger === "" ? [] : [message.logger])];
    if (this.#version.adapterLog === "zap") {
      const level = severity === "I" ? "INFO" : "ERROR";
      const rest = `${message.text}\t${JSON.stringify(fields)}`;
      this.#environment.log(zap(this.#environment.time.now(), level, logger.join("."), rest));
      return;
    }
    const old = this.#version.adapterLog === "klogr";
    const all = { msg: message.text, ...orderedFields(fields, old ? undefined : logger.join(".")) };
    const pairs = Object.entries(all).map(([key, value]) => `"${key}"=${JSON.stringify(value)}`);
    this.klog(
      severity,
      source,
      `${old ? `${logger.join("/")} ` : ""}${pairs.join(" ")}${pairs.length === 1 ? " " : ""}`,
    );
  }
}

/** klog's key order: the error, the logger, then the rest. */
function orderedFields({ error, ...rest }: Fields, logger: string | undefined): Fields {
  return { ...(error === undefined ? {} : { error }), ...(logger === undefined ? {} : { logger }), ...rest };
}
