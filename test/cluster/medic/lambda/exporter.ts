import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load, loadAll } from "js-yaml";
import { EventFaults } from "../../../../src/sandbox/eventFaults.ts";
import type { EventSource } from "../../../../src/sandbox/world.ts";
import type { Api, Loose } from "../../api/client.ts";
import { Reflector } from "../../api/reflector.ts";
import type { BusEntry } from "./amazon.ts";
import { eksCluster } from "./package.ts";

const file = fileURLToPath(new URL("../../../../infra/aws/event-exporter.yaml", import.meta.url));
const configMap = (loadAll(readFileSync(file, "utf8")) as Loose[]).find(({ kind }) => kind === "ConfigMap");
const config = load(configMap?.data["config.yaml"]) as Loose;
const rules: readonly Loose[] = config.route.routes.flatMap(({ match }: Loose) => match);
const { source, detailType } = config.receivers.find(({ name }: Loose) => name === "bus").eventbridge;

/** kubernetes-event-exporter, pkg/exporter/rule.go: a regular expression may match anywhere in the field. */
const fits = (pattern: string | undefined, value: string): boolean =>
  pattern === undefined || new RegExp(pattern).test(value);

/** Whether infra/aws/event-exporter.yaml sends this Event. */
export const isExported = ({ reason = "", involvedObject }: Loose): boolean =>
  rules.some(
    (rule) =>
      fits(rule.kind, involvedObject.kind) &&
      fits(rule.reason, reason) &&
      fits(rule.namespace, involvedObject.namespace),
  );

/** As the exporter writes it: the Event, without lookup, and the name of the cluster. */
const exported = ({ metadata: { managedFields: _fields, ...metadata }, ...event }: Loose): BusEntry => ({
  Source: source,
  DetailType: detailType,
  Detail: JSON.stringify({ ...event, metadata, clusterName: eksCluster }),
});

/**
 * What kubernetes-event-exporter does with the configuration that we ship: it puts Events on the bus as they appear, and
 * never their repeats. What older Events say it leaves out.
 */
export class Exporter implements EventSource {
  readonly #api: Api;
  readonly #faults: EventFaults<BusEntry>;
  #reflector: Reflector | undefined;
  #seen = new Set<string>();

  constructor(api: Api, put: (entry: BusEntry) => Promise<void>) {
    this.#api = api;
    this.#faults = new EventFaults({
      // No retry: what cannot be sent is gone.
      send: (entry) => void put(entry).catch(() => {}),
      after: (delay, run) => {
        const timer = setTimeout(run, delay);
        return () => clearTimeout(timer);
      },
    });
  }

  /** Where it puts events is its configuration. */
  sendTo(): void {}

  lose(count: number): void {
    this.#faults.lose(count);
  }

  duplicate(copies: number): void {
    this.#faults.duplicate(copies);
  }

  reorder(size: number): void {
    this.#faults.reorder(size);
  }

  start(): void {
    const began = Date.now() - config.maxEventAgeSeconds * 1000;
    this.#reflector = new Reflector(this.#api, {
      path: "/api/v1/events",
      onChange: (event, gone) => {
        if (!gone) this.#appeared(event, began);
      },
    });
  }

  stop(): void {
    this.#reflector?.close();
    this.#reflector = undefined;
    this.#seen = new Set();
  }

  close(): void {
    this.stop();
    this.#faults.close();
  }

  #appeared(event: Loose, began: number): void {
    const { uid } = event.metadata;
    if (this.#seen.has(uid)) return;
    this.#seen.add(uid);
    const at = Date.parse(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);
    if (at >= began && isExported(event)) this.#faults.pass(exported(event));
  }
}
