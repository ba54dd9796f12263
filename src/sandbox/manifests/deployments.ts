import type { StoredObject } from "../apiserver/objects.ts";
import type { Timing } from "../cluster/timing.ts";
import { labelsOf, type Names } from "./names.ts";

export interface Installing {
  readonly names: Names;
  readonly version: string;
  readonly metricsApiserverReplicas: number;
  readonly timing: Timing;
}

interface Workload {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly replicas: number;
  readonly grace: number;
}

export const OPERATOR_IMAGE = "ghcr.io/kedacore/keda";
export const METRICS_APISERVER_IMAGE = "ghcr.io/kedacore/keda-metrics-apiserver";

/** Both Deployments of hop B as KEDA's YAML or chart makes them, without what nobody here reads. */
export function deployments(installing: Installing): readonly StoredObject[] {
  const { names, version, timing, metricsApiserverReplicas } = installing;
  const operatorGrace = names.install === "helm" ? timing.gracePeriodSeconds : Math.ceil(timing.gracePeriodSeconds / 3);
  return [
    deployment(installing, {
      name: names.operator,
      image: `${OPERATOR_IMAGE}:${version}`,
      command: ["/keda"],
      args: ["--leader-elect", "--zap-log-level=info", "--zap-encoder=console", "--enable-cert-rotation=false"],
      replicas: 1,
      grace: operatorGrace,
    }),
    deployment(installing, {
      name: names.metricsApiserver,
      image: `${METRICS_APISERVER_IMAGE}:${version}`,
      args: adapterArgs(names),
      replicas: metricsApiserverReplicas,
      grace: timing.gracePeriodSeconds,
    }),
  ];
}

function adapterArgs({ install, operator, namespace }: Names): string[] {
  const address = `--metrics-service-address=${operator}.${namespace}.svc.cluster.local:9666`;
  return [
    "/usr/local/bin/keda-adapter",
    "--secure-port=6443",
    "--logtostderr=true",
    "--stderrthreshold=ERROR",
    ...(install === "helm" ? [address] : []),
    "--v=0",
    "--client-ca-file=/certs/ca.crt",
    "--tls-cert-file=/certs/tls.crt",
    "--tls-private-key-file=/certs/tls.key",
    "--cert-dir=/certs",
  ];
}

function deployment({ names, version, timing }: Installing, workload: Workload): StoredObject {
  const { name, replicas } = workload;
  const labels = { app: name, ...labelsOf(names, name, version) };
  return {
    metadata: { name, namespace: names.namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: names.install === "helm" ? labels : { app: name } },
        spec: podSpec(names, workload),
      },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: timing.progressDeadlineSeconds,
    },
  };
}

function podSpec(names: Names, workload: Workload): unknown {
  const { name, image, command, args, grace } = workload;
  return {
    volumes: [{ name: "certificates", secret: { secretName: names.secret, defaultMode: 420 } }],
    containers: [
      {
        name,
        image,
        ...(command === undefined ? {} : { command }),
        args,
        resources: { limits: { cpu: "1", memory: "1000Mi" }, requests: { cpu: "100m", memory: "100Mi" } },
        volumeMounts: [{ name: "certificates", readOnly: true, mountPath: "/certs" }],
        imagePullPolicy: "Always",
      },
    ],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: grace,
    serviceAccountName: "keda-operator",
  };
}
