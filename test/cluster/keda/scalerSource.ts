import { createServer } from "node:http";
import { scalerSourceAddress } from "../namespaces/network.ts";

const port = 8090;
export const scalerSourceUrl = `http://${scalerSourceAddress}:${port}/`;

export interface ScalerSource {
  /** Down: answers 500. */
  broken: boolean;
  close(): void;
}

/** What the ScaledObjects' trigger asks: always the same number. */
export async function openScalerSource(): Promise<ScalerSource> {
  const source: ScalerSource = { broken: false, close: () => {} };
  const server = createServer((_, answer) => {
    answer.writeHead(source.broken ? 500 : 200, { "content-type": "application/json" });
    answer.end(source.broken ? "{}" : JSON.stringify({ value: 5 }));
  });
  await new Promise<void>((resolve) => server.listen(port, scalerSourceAddress, resolve));
  source.close = () => {
    server.close();
    server.closeAllConnections();
  };
  return source;
}
