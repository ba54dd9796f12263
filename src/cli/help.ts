import { version } from "../version.ts";

const common = `  --kubeconfig FILE    kubeconfig to use (KUBECONFIG, ~/.kube/config, or the Pod's own account)
  --context NAME       context of the kubeconfig
  --namespace NS       KEDA's namespace (found by its APIService)`;

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

  --role ROLE          respond | restart | sweep | all (default all: every role in one process, for laptops)
  --host ADDR          address to listen on (default 127.0.0.1 for all, else HOST or 0.0.0.0)
  --port N             port to listen on (PORT, default 8080; 0 takes any)
  --mode MODE          observe | approve | act (KEDA_MEDIC_MODE, default observe)
  --sweep DURATION     how often to look when nothing happens (KEDA_MEDIC_SWEEP, default 5m)
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
  incidents: `keda-medic incidents: the incidents on record, newest first.

Usage: keda-medic incidents [options]

  --store-namespace NS namespace of keda-medic's own objects (KEDA_MEDIC_NAMESPACE, default keda-medic)
${common}
  --output text|json

Exit codes: 0, 2 wrong usage, 3 could not look.
`,
  approve: `keda-medic approve: let keda-medic do the one restart that it proposes for an incident (mode approve).

Usage: keda-medic approve INCIDENT [options]

  --store-namespace NS namespace of keda-medic's own objects (KEDA_MEDIC_NAMESPACE, default keda-medic)
  --yes                do not ask
${common}

Looks again, shows what would be restarted, and writes annotation kedamedic.dev/approved on the target Deployments
with your own rights. It holds a hash of incident, generation, targets and evidence, is valid for 60 minutes and
skips no check.
Exit codes: 0 approved, 30 nothing to approve, 2 wrong usage, 3 could not look or not allowed.
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

keda-medic COMMAND --help explains a command. --version prints the version.
`;

export const commandNames: readonly string[] = Object.keys(pages);

/** Undefined for a command that does not exist. */
export const helpOf = (command: string | undefined): string | undefined =>
  command === undefined ? overview : Object.hasOwn(pages, command) ? pages[command] : undefined;
