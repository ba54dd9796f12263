import { request } from "node:http";

/**
 * What a PingSource does. Returns how to stop it.
 *
 * @param extensions attributes that are put on top, as its `ceOverrides`
 */
export function startTicker(url: string, every: number, extensions: Readonly<Record<string, string>> = {}): () => void {
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": `tick-${count}`,
      "ce-source": "/sandbox/pingsource",
      "ce-type": "dev.knative.sources.ping",
      ...Object.fromEntries(Object.entries(extensions).map(([name, value]) => [`ce-${name}`, value])),
    };
    const ping = request(url, { method: "POST", headers, timeout: 30_000 }, (answer) => answer.resume());
    ping.on("timeout", () => ping.destroy());
    ping.on("error", () => {});
    ping.end("{}");
  }, every);
  return () => clearInterval(timer);
}
