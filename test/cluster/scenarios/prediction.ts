import type { World } from "../../../src/sandbox/world.ts";
import type { Play } from "./scenario.ts";

const refused = /createTransport failed.*:9666.*authentication handshake failed: (?:tls: [\w ]+: )?(x509: .*)"\s*$/;

/** The newest x509 text about :9666 in the metrics-apiservers' own logs, without what crypto/tls and grpc-go put around it. */
export async function refusalInLog(world: World): Promise<string> {
  const pods = await world.pods("metrics-apiserver");
  const logs = await Promise.all(pods.map((pod) => world.logs(pod.metadata.name)));
  const texts = logs.flatMap((log) => log.split("\n").flatMap((line) => refused.exec(line)?.[1] ?? []));
  const newest = texts.at(-1);
  if (newest === undefined) throw new Error("no metrics-apiserver has logged an x509 text about :9666");
  return newest.replaceAll('\\"', '"');
}

/** What keda-medic predicted from the certificates must be what the program really logged, to the letter. */
export function predictedAs({ decisions, note }: Play, real: string, part: string): void {
  note(`the log says: ${real}`);
  if (!real.includes(part)) throw new Error(`the log does not say "${part}": ${real}`);
  const predicted = decisions.findLast((decision) => decision.predicted !== undefined)?.predicted;
  if (predicted !== real) throw new Error(`predicted was "${predicted}", but the log says "${real}"`);
}
