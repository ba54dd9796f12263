import { fullResource, type RequestInfo } from "./requestInfo.ts";
import { type Answer, failure } from "./status.ts";

/** As in a Role or ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Rules bound to a user: in one namespace, or in the whole cluster where there is none. */
export interface Grant {
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

export interface User {
  readonly name: string;
  readonly token: string;
  /** Audiences that the token is good for besides the API server. */
  readonly audiences?: readonly string[];
  readonly grants: readonly Grant[];
}

const covers = (allowed: readonly string[], wanted: string): boolean =>
  allowed.includes("*") || allowed.includes(wanted);

/** Undefined when the user may, else the 403 in Kubernetes' words. */
export function forbidden(user: User, info: RequestInfo): Answer | undefined {
  const rules = user.grants
    .filter((grant) => grant.namespace === undefined || grant.namespace === info.namespace)
    .flatMap((grant) => grant.rules);
  return rules.some((rule) => allows(rule, info)) ? undefined : refusal(user, info);
}

function allows(rule: PolicyRule, info: RequestInfo): boolean {
  const named = rule.resourceNames === undefined || rule.resourceNames.length === 0;
  return (
    covers(rule.verbs, info.verb) &&
    covers(rule.apiGroups, info.group) &&
    covers(rule.resources, fullResource(info)) &&
    (named || (info.name !== undefined && rule.resourceNames?.includes(info.name) === true))
  );
}

function refusal(user: User, info: RequestInfo): Answer {
  const qualified = info.group === "" ? info.resource : `${info.resource}.${info.group}`;
  const subject = info.name === undefined ? qualified : `${qualified} "${info.name}"`;
  const scope = info.namespace === undefined ? "at the cluster scope" : `in the namespace "${info.namespace}"`;
  const wish = `cannot ${info.verb} resource "${fullResource(info)}" in API group "${info.group}" ${scope}`;
  const message = `${subject} is forbidden: User "${user.name}" ${wish}`;
  return failure(403, "Forbidden", message, { kind: info.resource, group: info.group, name: info.name });
}
