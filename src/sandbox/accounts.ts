import { randomBytes } from "node:crypto";
import type { Grant, PolicyRule, User } from "./apiserver/rbac.ts";
import { type Role, roles } from "./world.ts";

/** Rules of one account by where they hold: everywhere, in KEDA's namespace, in keda-medic's own. */
export interface RoleRules {
  readonly cluster?: readonly PolicyRule[];
  readonly keda?: readonly PolicyRule[];
  readonly own?: readonly PolicyRule[];
}

export type RulesByRole = Readonly<Partial<Record<Role, readonly RoleRules[]>>>;

const allow = (apiGroups: string[], resources: string[], verbs: string[]): PolicyRule => ({
  apiGroups,
  resources,
  verbs,
});
const looking: RoleRules = {
  cluster: [allow(["*"], ["*"], ["get", "list"])],
  own: [allow(["kedamedic.dev"], ["*"], ["*"])],
};
const patching: RoleRules = { keda: [allow(["apps"], ["deployments"], ["patch"]), allow([""], ["pods"], ["delete"])] };

/** Generous rules for worlds that are not about rights; an edge's own rules replace them. */
const defaultRules: Readonly<Record<Role, readonly RoleRules[]>> = {
  respond: [looking],
  restart: [looking, patching],
  sweep: [looking],
  admin: [{ cluster: [allow(["*"], ["*"], ["*"])] }],
  nobody: [],
};

export interface Namespaces {
  readonly keda: string;
  readonly medic: string;
}

/** One user per role, each with a token of its own. */
export function accounts(namespaces: Namespaces, rules: RulesByRole = {}): Readonly<Record<Role, User>> {
  const entries = roles.map((role) => [role, userFor(role, namespaces, rules[role] ?? defaultRules[role])]);
  return Object.fromEntries(entries) as Record<Role, User>;
}

const userFor = (role: Role, namespaces: Namespaces, rules: readonly RoleRules[]): User => ({
  name: role === "admin" ? "kubernetes-admin" : `system:serviceaccount:${namespaces.medic}:keda-medic-${role}`,
  token: token(),
  grants: rules.flatMap((rule) => grantsOf(rule, namespaces)),
});

/** Rules where they hold. */
export const grantsOf = ({ cluster = [], keda = [], own = [] }: RoleRules, namespaces: Namespaces): Grant[] => [
  { rules: cluster },
  { namespace: namespaces.keda, rules: keda },
  { namespace: namespaces.medic, rules: own },
];

/** The account that the HPA controller asks with. */
export const hpaAccount = (): User => ({
  name: "system:serviceaccount:kube-system:horizontal-pod-autoscaler",
  token: token(),
  grants: [{ rules: [allow(["external.metrics.k8s.io"], ["*"], ["get", "list"])] }],
});

const token = (): string => randomBytes(24).toString("base64url");
