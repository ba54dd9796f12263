import { messageOf } from "../../core/thrown.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Environment, Process, Program } from "../cluster/program.ts";
import { HeldCredentials } from "./credentials.ts";
import { zap } from "./klog.ts";
import { campaign } from "./leaderElection.ts";
import { METRICS_SERVICE_PORT, MetricsService } from "./metricsService.ts";
import type { ScalerSource } from "./scaler.ts";
import { pollScalers } from "./scalerPoll.ts";
import { kedaVersion } from "./version.ts";

/**
 * KEDA's operator. Ready as soon as it runs; only the leader loads the certificates and listens on :9666. It says
 * nothing about clients that it refuses.
 */
export const operator =
  (cluster: Cluster, scaler: ScalerSource): Program =>
  async (environment) => {
    const running = new Operator(cluster, environment, scaler);
    running.start();
    return running;
  };

class Operator implements Process {
  readonly #cluster: Cluster;
  readonly #environment: Environment;
  readonly #scaler: ScalerSource;
  #credentials: HeldCredentials | undefined;
  #service: MetricsService | undefined;

  constructor(cluster: Cluster, environment: Environment, scaler: ScalerSource) {
    this.#cluster = cluster;
    this.#environment = environment;
    this.#scaler = scaler;
  }

  start(): void {
    const { image, ready } = this.#environment;
    this.#info("setup", "Starting manager");
    this.#info("setup", `KEDA Version: ${image.split(":")[1]}`);
    ready();
    campaign(this.#cluster, this.#environment, () => void this.#lead());
  }

  terminate(): void {
    this.#info("", "Stopping and waiting for leader election runnables");
    this.#environment.exit(0);
  }

  async kill(): Promise<void> {
    this.#credentials?.close();
    await this.#service?.kill();
  }

  async #lead(): Promise<void> {
    const { certs, image, podIp, exit } = this.#environment;
    try {
      const { hotReload } = kedaVersion(image);
      this.#credentials = new HeldCredentials(certs, hotReload, () => this.#service?.reload());
      this.#service = new MetricsService(this.#environment, this.#credentials, this.#scaler);
      await this.#service.listen();
    } catch (error) {
      this.#error("setup", `problem running manager\t${JSON.stringify({ error: messageOf(error) })}`);
      exit(1);
      return;
    }
    this.#info("grpc_server", `Starting Metrics Service gRPC Server\t{"address": "${podIp}:${METRICS_SERVICE_PORT}"}`);
    this.#cluster.tell("keda", `${this.#environment.podName} leads and serves metrics on :${METRICS_SERVICE_PORT}`);
    pollScalers(this.#cluster, this.#environment, this.#scaler);
  }

  #info(logger: string, text: string): void {
    this.#environment.log(zap(this.#environment.time.now(), "INFO", logger, text));
  }

  #error(logger: string, text: string): void {
    this.#environment.log(zap(this.#environment.time.now(), "ERROR", logger, text));
  }
}
