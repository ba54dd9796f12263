import { randomUUID } from "node:crypto";
import type { Posted } from "../scenarios/scenario.ts";

/** Posts an event in binary mode, from nobody that is known; resolves with the status of the answer. */
export async function postTo(url: string, { type, data, headers }: Posted): Promise<number> {
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": randomUUID(),
      "ce-source": "/somebody",
      "ce-type": type,
      ...headers,
    },
    body: JSON.stringify(data),
  });
  await answer.text();
  return answer.status;
}
