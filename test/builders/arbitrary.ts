import fc from "fast-check";
import type { Evidence, HopBLog } from "../../src/core/evidence.ts";
import type { Incident } from "../../src/core/incident.ts";
import { days, minutes, seconds } from "../../src/core/instant.ts";
import { modes, type Policy } from "../../src/core/policy.ts";
import { sawAt, type Unseen, unseen } from "../../src/core/seen.ts";
import { exampleEvidence } from "../core/ways.ts";
import { opened, policy } from "./casefile.ts";
import { chart, mixedPair, nextLeaf, type Pair, selfSigned } from "./certificates.ts";
import {
  type Changes,
  evidence,
  formerPair,
  incident,
  networkFailing,
  oomKilled,
  operatorStale,
  parentCannotSign,
  presentPair,
  rotatedAt,
  tlsFailing,
  waiting,
  working,
} from "./evidence.ts";
import { active, failing503, failing504, failingOther, failingScaler, idle } from "./hpas.ts";
import { halfDone, performed } from "./plans.ts";
import { ago, NOW } from "./time.ts";

const misses: readonly Unseen[] = (
  ["NotFound", "Forbidden", "Unauthorized", "Unreachable", "Timeout", "Malformed", "Withheld", "NotAsked"] as const
).map((reason) => unseen(reason, `it was ${reason}`));
const miss = fc.constantFrom(...misses);
export const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);

export const ca = chart("ca");
export const safeLeaf = nextLeaf(ca, "safe-leaf");
const oldCa = chart("old-ca");
export const inconsistent = mixedPair(presentPair, formerPair);
export const expired = selfSigned("expired", { notBefore: ago(days(90)), notAfter: ago(minutes(1)) });
export const misnamed = selfSigned("misnamed", { dnsNames: ["keda-operator.other.svc"] });
const pairs = [presentPair, formerPair, ca, safeLeaf, oldCa, inconsistent, expired, misnamed];

export const nameText = "x509: certificate is valid for keda-operator.keda.svc, not keda-operator.other.svc";
export const texts = [
  parentCannotSign,
  nameText,
  "x509: certificate signed by unknown authority",
  'x509: certificate signed by unknown authority (possibly because of "x509: ECDSA verification failure" while trying to verify candidate authority certificate "keda-operator")',
  "x509: certificate has expired or is not yet valid: current time 2026-11-23T17:04:40Z is after 2026-11-23T17:04:00Z",
  "x509: certificate specifies an incompatible key usage",
  "remote error: tls: bad certificate",
  "remote error: tls: unknown certificate authority",
  "remote error: tls: expired certificate",
  "tls: first record does not look like a TLS handshake",
];
const logs: readonly HopBLog[] = [
  ...texts.map((text) => tlsFailing(text)),
  networkFailing("dial tcp 10.0.0.1:9666: connect: connection refused"),
  waiting,
  working,
  {},
];

const starts = oneOf(ago(days(5)), rotatedAt + seconds(20), rotatedAt + minutes(5), ago(minutes(15)), ago(seconds(40)));
const podChange = starts.chain((startedAt) =>
  fc.record({
    startedAt: fc.constant(startedAt),
    createdAt: oneOf(startedAt, Math.min(startedAt, ago(days(6)))),
    ready: fc.boolean(),
    deleting: fc.boolean(),
    restarts: fc.nat(6),
  }),
);
const pods = fc.array(
  fc.oneof({ weight: 3, arbitrary: podChange }, { weight: 1, arbitrary: fc.constant(oomKilled(ago(minutes(10)))) }),
  {
    maxLength: 3,
  },
);
const hpas = fc
  .array(
    oneOf(
      active(["a"]),
      failing504(["b"]),
      failing504(["c"], ago(minutes(9))),
      failing503(["d"]),
      failingScaler(["e"]),
      failingOther(["f"]),
      idle(["g"]),
    ),
    { maxLength: 4 },
  )
  .map((lists) => lists.flat());

/** Anything that may be seen differently. */
const everything = fc.record({
  secret: fc.oneof({ weight: 9, arbitrary: oneOf<Pair | Unseen>(...pairs) }, { weight: 1, arbitrary: miss }),
  writtenAt: oneOf(rotatedAt, ago(seconds(30)), ago(minutes(3)), ago(days(2))),
  keyFits: oneOf(sawAt(true, NOW), sawAt(false, NOW), unseen("Withheld", "not read")),
  before: oneOf<readonly Pair[]>([], [formerPair], [presentPair], [ca], [safeLeaf], [oldCa]),
  operatorPods: pods,
  adapterPods: pods,
  operator: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        rollout: oneOf<"complete" | "running">("complete", "running"),
        version: oneOf("2.13.1", "2.18.0"),
      }),
    },
    {
      weight: 1,
      arbitrary: oneOf({ paused: true }, { pausedByPerson: "x" }, { replicas: 0 }, { rollout: "stuck" as const }),
    },
    { weight: 1, arbitrary: miss },
  ),
  operatorPresents: fc.oneof({ weight: 5, arbitrary: oneOf<Pair | Unseen>(...pairs) }, { weight: 1, arbitrary: miss }),
  log: fc.oneof(
    { weight: 5, arbitrary: fc.array(oneOf<HopBLog | Unseen>(...logs, ...misses), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: miss },
  ),
  hpas: fc.oneof({ weight: 9, arbitrary: hpas }, { weight: 1, arbitrary: miss }),
  lease: fc.oneof(oneOf({}, { renewedAt: ago(minutes(1)) }, { acquiredAt: ago(seconds(30)) }), miss),
  issuance: oneOf({}, { issuing: true }),
  layout: oneOf({}, { subPath: true }),
});

const fields = [
  ...(["secret", "writtenAt", "keyFits", "before", "operatorPods", "adapterPods", "operator"] as const),
  ...(["operatorPresents", "log", "hpas", "lease", "issuance", "layout"] as const),
];

/** A healthy KEDA, the incident or its mirror image, with up to four things seen differently. */
export const changes: fc.Arbitrary<Changes> = fc
  .tuple(everything, fc.shuffledSubarray(fields, { maxLength: 4 }))
  .map(([all, chosen]): Changes => Object.fromEntries(chosen.map((field) => [field, all[field]])));
export const bases = oneOf(evidence, incident, operatorStale);
export const scenes = fc.tuple(bases, changes).map(([base, changed]) => base(changed));

export const policies: fc.Arbitrary<Policy> = fc
  .record({
    mode: oneOf(...modes),
    restartOnLatent: fc.boolean(),
    restartOnStuckConnection: fc.boolean(),
    endStalePodsEarly: fc.boolean(),
  })
  .map(policy);

export const incidents: fc.Arbitrary<Incident | undefined> = oneOf(
  undefined,
  opened(),
  opened({ waitingSince: ago(minutes(20)) }),
  halfDone(ago(minutes(2))),
  halfDone(ago(minutes(20))),
  performed(ago(minutes(2))),
  performed(ago(minutes(20)), { recoverySeenAt: ago(seconds(30)) }),
  opened({ phase: "recovered" }),
);

/** Fields of evidence that somebody could not see, whatever the rest says. */
const blinded = fc
  .tuple(
    fc.constantFrom(...exampleEvidence().map(([, e]) => e)),
    fc.subarray([
      ...(["apiService", "layout", "material", "issuance", "operator", "metricsApiserver"] as const),
      ...(["lease", "hpas", "scaledObjects", "rawMetric"] as const),
    ]),
    miss,
  )
  .map(([e, fields, why]): Evidence => ({ ...e, ...Object.fromEntries(fields.map((field) => [field, why])) }));

export const anyEvidence = fc.oneof(scenes, blinded);
