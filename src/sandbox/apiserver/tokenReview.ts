import { field, textField } from "./call.ts";
import type { User } from "./rbac.ts";
import { type Answer, ok } from "./status.ts";

/** Who a token belongs to, and for which of the audiences asked for it is good. Tokens without audiences are the API server's own. */
export function reviewToken(users: readonly User[], body: unknown): Answer {
  const token = textField(body, "spec", "token");
  const asked = (field(body, "spec", "audiences") ?? []) as readonly string[];
  const user = users.find((candidate) => candidate.token === token);
  const audiences = asked.filter((audience) => (user?.audiences ?? []).includes(audience));
  const known = user !== undefined && (asked.length === 0 || audiences.length > 0);
  const status = known
    ? { authenticated: true, user: { username: user.name, groups: ["system:authenticated"] }, audiences }
    : { authenticated: false, error: "invalid bearer token" };
  return ok({ kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", metadata: {}, spec: {}, status }, 201);
}
