import { formatDuration } from "../core/instant.ts";
import { defaultPolicy } from "../core/policy.ts";
import { version } from "../version.ts";

const common = `  --kubeconfig FILE    kubeconfig to use (KUBECONFIG, ~/.kube/config, or the Pod's own account)
  --context NAME       context of the kubeconfig
  --namespace NS       KEDA's namespace (found by its APIService)`;

/** Of an approval, unless the installation sets another time, which we do not know here. */
export const validFor = formatDuration(defaultPolicy.approvalValid);

const pages: Readonly<Record<string, string>> = {
  diagnose: `keda-medic diagnose: say what is wrong with KEDA's certificates and what would be done. Changes nothing.

Usage: keda-medic diagnose [options]

${common}
  --output text|json   text for people (default), JSON for scripts (schemas/diagnosis.schema.json)

Needs get/list on KEDA's Deployments, Pods, their logs, its Lease, Services, APIService and HPAs; of the Secret
only the public half is kept. Pods that cannot be reached by IP are probed through pods/portforward.

Exit codes: 0 healthy, 10 latent mismatch, 20 broken and a restart helps, 30 broken and a restart cannot help,
            40 something is in progress: wait, 50 unknown or contradictory, 2 wrong usage, 3 could not look.

Example: keda-medic diagnose --context prod-eu1 --output json | jq .decision
`,
  run: `keda-medic run: the responder as a plain process. POST / takes CloudEvents.

Usage: keda-medic run [options]

  --role ROLE          respond | restart | sweep | watch | all (default all: every role in one process, for laptops)
                       watch is respond and sweep in one, woken by its own watches; replicas take turns by a Lease
  --host ADDR          address to listen on (default 127.0.0.1 for all, else HOST, or all)
  --port N             port to listen on (PORT, default 8080; 0 takes any)
  --mode MODE          observe | approve | act (KEDA_MEDIC_MODE, default observe)
  --sweep DURATION     how often to look when nothing happens (KEDA_MEDIC_SWEEP, default 5m)
  --watch              role all: watch the cluster, too (KEDA_MEDIC_WATCH; role watch always does unless that is false)
${common}

Everything else is set by environment variables: see CONTRACTS.md. GET /healthz and /readyz answer probes.
Exit codes: 0 ended by SIGTERM or Ctrl-C, 2 wrong usage or configuration, 3 cluster or store could not be reached.

Example: keda-medic run --mode act --kubeconfig ./kubeconfig
`,
  replay: `keda-medic replay: recorded events and snapshots through the same code, with the decision at each step.

Usage: keda-medic replay FOLDER [options]

  --output text|json   JSON: one line per step, { at, step, decision }
  --all                text: show the events that start nothing, too

FOLDER holds JSON files: arrays of posted requests (at, headers, body) and snapshots of a cluster (at, pods,
deployments, apiservice, secret, hpas, logs, probes ...). Nothing is contacted and nothing is changed; restarts are
only noted.
Exit codes: 0 replayed, 2 wrong usage, 3 the folder cannot be read.
`,
  explain: `keda-medic explain: what a reason code means: symptom, proof, cure, what we do.

Usage: keda-medic explain [ReasonCode] [--output text|json]

Without a code it lists all of them.
`,
  incidents: `keda-medic incidents: the incidents on record, newest first, or all about one of them.

Usage: keda-medic incidents [INCIDENT] [options]

  --store-namespace NS namespace of keda-medic's own objects (KEDA_MEDIC_NAMESPACE, default keda-medic)
${common}
  --output text|json

Exit codes: 0, 2 wrong usage, 3 could not look, 30 there is no such incident.

Example: keda-medic incidents prod-eu1.keda.1f3a5b7c9d2e
`,
  pause: `keda-medic pause: hands off, until resume. No restart is made from now on, not even one that was approved.

Usage: keda-medic pause [options]

  --reason TEXT        why, for whoever finds it
${common}

Writes annotation kedamedic.dev/paused on KEDA's two Deployments with your own rights, which starts no rollout.
keda-medic goes on looking and says PausedByAnnotation where it would have restarted. A plan that is half done
escalates: a person must finish it.
Exit codes: 0 paused, 2 wrong usage, 3 could not look or not allowed.

Example: keda-medic pause --reason "release night, call Ada"
`,
  resume: `keda-medic resume: takes the pause away again.

Usage: keda-medic resume [options]

${common}

Exit codes: 0 resumed, 2 wrong usage, 3 could not look or not allowed.
`,
  approve: `keda-medic approve: let keda-medic do the one restart that it proposes for an incident (mode approve).

Usage: keda-medic approve INCIDENT [options]

  --store-namespace NS namespace of keda-medic's own objects (KEDA_MEDIC_NAMESPACE, default keda-medic)
  --yes                do not ask
${common}

Looks again, shows what would be restarted, and writes annotation kedamedic.dev/approved on the target Deployments
with your own rights. It holds a hash of incident, generation, targets and evidence and skips no check. It is valid
for ${validFor}, or for what the installation sets as KEDA_MEDIC_APPROVAL_VALID.
What is approved is what the incident's record proposes, so switches of the installation's policy need not be set
here. Where it sets durations of the policy, set the same KEDA_MEDIC_ variables: they decide what this look finds.
Who may: whoever may patch these Deployments (Role keda-medic-approver). Where KEDA makes its own certificates this
look needs get on their Secret, too.
Exit codes: 0 approved, 30 nothing to approve or not confirmed, 2 wrong usage, 3 could not look or not allowed.

Example: keda-medic approve prod-eu1.keda.1f3a5b7c9d2e
`,
};

const overview = `keda-medic ${version}: finds out why KEDA's HPAs fail after a certificate rotation, restarts the right
component only if a restart can help, and proves that it did.

Usage: keda-medic COMMAND [options]

  diagnose    look at a cluster and say what is wrong and what would be done (read-only)
  run         the responder as a plain process
  replay      recorded events through the same code
  explain     what a reason code means
  incidents   the incidents on record
  approve     approve one proposed restart
  pause       no restarts from now on
  resume      take the pause away

keda-medic COMMAND --help explains a command. --version prints the version.
As kubectl-keda_medic in the PATH it is a plugin: kubectl keda-medic COMMAND.
`;

export const commandNames: readonly string[] = Object.keys(pages);

/** Undefined for a command that does not exist. */
export const helpOf = (command: string | undefined): string | undefined =>
  command === undefined ? overview : Object.hasOwn(pages, command) ? pages[command] : undefined;
