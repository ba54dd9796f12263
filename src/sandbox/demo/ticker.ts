import { request } from "node:http";

/** What a PingSource does. Returns how to stop it. */
export function startTicker(url: string, every: number): () => void {
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
    const headers = {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": `tick-${count}`,
      "ce-source": "/sandbox/pingsource",
      "ce-type": "dev.knative.sources.ping",
    };
    const ping = request(url, { method: "POST", headers, timeout: 30_000 }, (answer) => answer.resume());
    ping.on("timeout", () => ping.destroy());
    ping.on("error", () => {});
    ping.end("{}");
  }, every);
  return () => clearInterval(timer);
}
