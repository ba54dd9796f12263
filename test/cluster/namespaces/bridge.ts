import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Bridge {
  readonly port: number;
  close(): Promise<void>;
}

/** Joins two sockets until one of them ends. */
export function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  const end = (): void => {
    one.destroy();
    other.destroy();
  };
  for (const socket of [one, other]) {
    socket.on("error", end);
    socket.on("close", end);
  }
}

/** A port on this machine's loopback that leads to a Unix socket: those cross network namespaces. */
export async function bridge(socketPath: string): Promise<Bridge> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    join(socket, connect(socketPath));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
