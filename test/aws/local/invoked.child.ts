/** One Lambda function in a process of its own: takes events by message, answers by message. Its bundle is the argument. */
interface Request {
  readonly id: number;
  readonly event: unknown;
}

const { handler } = (await import(process.argv[2] ?? "")) as { handler(event: unknown): Promise<unknown> };
process.on("message", async ({ id, event }: Request) => {
  try {
    process.send?.({ id, answer: await handler(event) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.send?.({ ready: true });
