import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { messageOf } from "../../core/thrown.ts";
import { textField } from "../apiserver/call.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Environment, Process, Program } from "../cluster/program.ts";
import { type Listening, listen } from "../sockets.ts";
import { toSecond } from "../stamps.ts";
import { AdapterLog } from "./adapterLog.ts";
import { fits, HeldCredentials } from "./credentials.ts";
import { GrpcClient } from "./grpcClient.ts";
import { kedaVersion } from "./version.ts";

const SERVING_PORT = 6443;
/** It speaks HTTP/1.1 only; h2 is offered because the real one does, and probes ask for it. */
const ALPNProtocols = ["http/1.1", "h2"];

/**
 * KEDA's metrics-apiserver: HTTPS on :6443 with a serving pair that follows the volume, and the client of hop B with
 * credentials that do not (before 2.17.2). It asks no client certificate of kube-apiserver.
 */
export const metricsApiserver =
  (cluster: Cluster): Program =>
  async (environment) => {
    const adapter = new MetricsApiserver(cluster, environment);
    await adapter.start();
    return adapter;
  };

class MetricsApiserver implements Process {
  readonly #cluster: Cluster;
  readonly #environment: Environment;
  readonly #log: AdapterLog;
  readonly #server;
  readonly #host: string;
  readonly #unwatch: () => void;
  #client: GrpcClient | undefined;
  #listening: Listening | undefined;
  /** KEDA's own flag: whether "successfully established" has been said since the last timeout. */
  #saidConnected = false;
  #inFlight = 0;
  #terminating = false;

  constructor(cluster: Cluster, environment: Environment) {
    this.#cluster = cluster;
    this.#environment = environment;
    const address = environment.args.find((arg) => arg.startsWith("--metrics-service-address="))?.split("=")[1];
    this.#host = (address ?? `keda-operator.${environment.namespace}.svc.cluster.local:9666`).split(":")[0] ?? "";
    this.#log = new AdapterLog(environment, `${this.#host}:9666`);
    this.#server = createServer({ ALPNProtocols }, (request, response) => void this.#serve(request, response));
    this.#server.on("tlsClientError", () => undefined);
    this.#unwatch = environment.certs.onSwap(() => this.#loadServingPair());
  }

  async start(): Promise<void> {
    const { podIp, ready, exit } = this.#environment;
    this.#log.connecting();
    try {
      this.#client = this.#connectClient();
      this.#loadServingPair();
      this.#listening = await listen(this.#server, podIp, SERVING_PORT);
    } catch (error) {
      const text = `keda_metrics_adapter "msg"="error connecting Metrics Service gRPC client to the server" "error"=${JSON.stringify(messageOf(error))}`;
      this.#log.klog("E", "main.go:130", text);
      exit(1);
      return;
    }
    this.#log.starting();
    void this.#awaitOperator();
    this.#log.klog("I", "secure_serving.go:213", `Serving securely on ${podIp}:${SERVING_PORT}`);
    ready();
  }

  /** As recorded: one whose gRPC connection is not ready, or with requests that hang, lives until SIGKILL. */
  terminate(): void {
    this.#terminating = true;
    this.#endIfIdle();
  }

  async kill(): Promise<void> {
    this.#unwatch();
    this.#client?.kill();
    await this.#listening?.kill();
  }

  #connectClient(): GrpcClient {
    const { certs, image } = this.#environment;
    const credentials = new HeldCredentials(certs, kedaVersion(image).hotReload);
    const [name = "", namespace = ""] = this.#host.split(".");
    const service = { namespace, name };
    const clusterAddress = textField(this.#cluster.objects.get("services", service)?.spec, "clusterIP") ?? "";
    const target = { host: this.#host, service, clusterAddress };
    return new GrpcClient(this.#cluster, this.#environment, { log: this.#log, credentials, target });
  }

  #loadServingPair(): void {
    const { "tls.crt": cert = "", "tls.key": key = "" } = this.#environment.certs.files;
    if (fits(cert, key)) this.#server.setSecureContext({ cert, key });
    else {
      this.#log.klog(
        "E",
        "dynamic_serving_content.go:218",
        "key failed with : tls: private key does not match public key",
      );
    }
  }

  async #awaitOperator(): Promise<void> {
    await this.#client?.waitReady(undefined);
    this.#connected(true);
  }

  #connected(atStart: boolean): void {
    if (this.#saidConnected) return;
    this.#saidConnected = true;
    this.#log.established(atStart);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://adapter");
    const metric = /^\/apis\/external\.metrics\.k8s\.io\/v1beta1\/namespaces\/([^/]+)\/([^/]+)$/.exec(url.pathname);
    if (metric === null) return void response.writeHead(200).end("ok");
    this.#inFlight += 1;
    const scaledObject = /=(.*)$/.exec(url.searchParams.get("labelSelector") ?? "")?.[1] ?? "";
    const about = { namespace: metric[1] ?? "", metric: metric[2] ?? "", scaledObject };
    const answer = await this.#answer(url.pathname, about);
    response.writeHead(answer.status, { "content-type": answer.contentType }).end(JSON.stringify(answer.body));
    this.#inFlight -= 1;
    if (this.#terminating) this.#endIfIdle();
  }

  async #answer(path: string, about: { namespace: string; metric: string; scaledObject: string }) {
    if (!(await this.#client?.waitReady(this.#cluster.timing.requestTimeout))) {
      this.#saidConnected = false;
      this.#log.timedOut(path);
      return TIMED_OUT;
    }
    this.#connected(false);
    const reply = await this.#client?.call(about);
    const ok = reply !== undefined && "value" in reply;
    const body = ok ? this.#value(about.metric, reply.value) : internalError(reply?.error ?? "");
    return { status: ok ? 200 : 500, contentType: "application/json", body };
  }

  #value(metricName: string, value: string): unknown {
    const timestamp = toSecond(this.#environment.time.now());
    const items = [{ metricName, metricLabels: null, timestamp, value }];
    return { kind: "ExternalMetricValueList", apiVersion: "external.metrics.k8s.io/v1beta1", metadata: {}, items };
  }

  #endIfIdle(): void {
    if (this.#inFlight === 0 && this.#client?.ready) this.#environment.exit(0);
  }
}

const internalError = (message: string): unknown => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message,
  code: 500,
});

/** The generic API server's timeout filter writes a Status without kind, and no content type but what Go guesses. */
const TIMED_OUT = {
  status: 504,
  contentType: "text/plain; charset=utf-8",
  body: {
    metadata: {},
    status: "Failure",
    message: "Timeout: request did not complete within the allotted timeout",
    reason: "Timeout",
    details: {},
    code: 504,
  },
};
