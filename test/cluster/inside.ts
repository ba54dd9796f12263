import { connect, createServer } from "node:net";
import { join } from "node:path";
import { messageOf } from "../../src/core/thrown.ts";
import { join as joined } from "./namespaces/bridge.ts";
import type { Inside } from "./namespaces/enter.ts";
import { apiServerPort, node } from "./namespaces/network.ts";
import { play } from "./play.ts";
import { record } from "./record/record.ts";
import { stand } from "./stand.ts";

const tasks = { stand, play, record } as const;

/** The first process of the namespaces: when it ends, everything in them ends. */
async function main(): Promise<number> {
  const inside: Inside = JSON.parse(process.env["CLUSTER_INSIDE"] ?? "{}");
  process.on("disconnect", () => process.exit(1));
  process.once("SIGINT", () => process.exit(130));
  openDoor(inside.folder);
  return tasks[inside.task](inside);
}

/** The API server for people outside: a Unix socket, which does not mind network namespaces. */
function openDoor(folder: string): void {
  const server = createServer((socket) => joined(socket, connect(apiServerPort, node.address)));
  server.on("error", () => {});
  server.listen(join(folder, "apiserver.sock"));
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exit(1);
}
