import { randomUUID } from "node:crypto";
import { functionUrl } from "../medic/images.ts";
import type { Posted } from "../scenarios/scenario.ts";

/** An event in binary mode, from nobody that is known. */
export const post = (event: Posted): Promise<number> => postTo(functionUrl(event.to), event);

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
