/**
 * Every parameter of serverless.yml: what it is for, what is allowed, what it is when nobody says. serverless.yml reads
 * its settings from here, so a wrong parameter stops osls before anything is packaged.
 *
 *   npm run package:aws -- --stage prod --region eu-west-1 --param=cluster=prod-eu1 --param=mode=observe
 */

const oneOf = (...choices) => ({
  allowed: choices.length < 3 ? choices.join(" or ") : `${choices.slice(0, -1).join(", ")} or ${choices.at(-1)}`,
  fits: (text) => choices.includes(text),
});
const like = (shape, allowed) => ({ allowed, fits: (text) => shape.test(text) });
const whole = (least, most) => ({
  allowed: `a whole number from ${least} to ${most}`,
  fits: (text) => /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most,
});
const list = (shape, allowed) => ({ allowed, fits: (text) => text.split(",").every((part) => shape.test(part)) });

/** Regions of the partition `aws`; those of China and GovCloud have other hosts of STS and were never tried. */
const regions =
  /^(af-south-1|ap-east-[12]|ap-northeast-[123]|ap-south-[12]|ap-southeast-[1-7]|ca-central-1|ca-west-1|eu-central-[12]|eu-north-1|eu-south-[12]|eu-west-[123]|il-central-1|me-central-1|me-south-1|mx-central-1|sa-east-1|us-east-[12]|us-west-[12])$/;

/** CloudWatch Logs takes these and no others. */
const retentions = ["1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731"];

/** By name. `fallback`: when nobody says; without one the parameter must be given. An empty one means: not used. */
export const parameters = {
  cluster: {
    about: "name of the EKS cluster; one deployment serves one cluster",
    ...like(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/, "the name of an EKS cluster: letters, digits, - and _, at most 100"),
  },
  mode: {
    about: "what may be done with a decision",
    fallback: "observe",
    ...oneOf("observe", "approve", "act"),
  },
  endpoint: {
    about: "address of the API server; with ca it saves eks:DescribeCluster",
    fallback: "",
    ...like(/^https:\/\/[A-Za-z0-9.:-]+$/, "an https:// address"),
  },
  ca: {
    about: "certificateAuthority.data of the cluster, as EKS gives it",
    fallback: "",
    ...like(/^LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t[A-Za-z0-9+/]+={0,2}$/, "the base64 of a PEM certificate"),
  },
  kedaNamespace: {
    about: "namespace of KEDA; empty: found by its APIService",
    fallback: "",
    ...like(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "the name of a namespace"),
  },
  readSecret: {
    about: "whether KEDA's Secret may be read; false where cert-manager issues it",
    fallback: "true",
    ...oneOf("true", "false"),
  },
  eventSource: {
    about: "`source` that your exporter of events puts on the bus",
    fallback: "kubernetes-event-exporter",
    ...like(/^(?!aws\.)(?!dev\.kedamedic$)[A-Za-z0-9._/-]{1,256}$/, "a source of EventBridge, neither aws.* nor ours"),
  },
  http: {
    about: "a way in by HTTP, signed with IAM: function URL, HTTP API, or none",
    fallback: "none",
    ...oneOf("none", "url", "api"),
  },
  subnets: {
    about: "subnets with a way to the Pods' addresses, by commas; empty: no VPC",
    fallback: "",
    ...list(/^subnet-[0-9a-f]{8,17}$/, "subnet-... with commas between"),
  },
  securityGroups: {
    about: "security groups of the functions, by commas",
    fallback: "",
    ...list(/^sg-[0-9a-f]{8,17}$/, "sg-... with commas between"),
  },
  accessEntries: {
    about: "make the EKS access entries; false where aws-auth is used",
    fallback: "true",
    ...oneOf("true", "false"),
  },
  memory: { about: "megabytes of a function", fallback: "1024", ...whole(256, 10_240) },
  retention: { about: "days that logs are kept", fallback: "30", ...oneOf(...retentions) },
  archiveDays: { about: "days that the bus keeps events for a replay; 0: no archive", fallback: "0", ...whole(0, 365) },
  alarmTopic: {
    about: "SNS topic for alarms and for what people must know; empty: nobody is told",
    fallback: "",
    ...like(/^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, "the ARN of an SNS topic"),
  },
  tracing: { about: "Lambda's own traces in X-Ray", fallback: "none", ...oneOf("none", "xray") },
  otlpEndpoint: {
    about: "OpenTelemetry collector over HTTP; localhost:4318 with the ADOT layer",
    fallback: "",
    ...like(/^https?:\/\/[A-Za-z0-9.:/_-]+$/, "an http:// or https:// address without user and password"),
  },
  adotLayer: {
    about: "layer with a collector in it",
    fallback: "",
    ...like(/^arn:aws:lambda:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+:\d+$/, "the ARN of a version of a layer"),
  },
};

const options = {
  region: { fallback: "eu-west-1", ...like(regions, "a region of AWS such as eu-west-1, none of China or GovCloud") },
  stage: { fallback: "dev", ...like(/^[a-z][a-z0-9-]{0,15}$/, "1 to 16 of a-z, 0-9 and -, a letter first") },
};

const quoted = (text) => JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);

function problemOf(what, { fallback, allowed, fits }, given) {
  const text = given ?? fallback;
  if (text === undefined) return [`${what} is missing: set it to ${allowed}`];
  if (text === "" && fallback === "") return [];
  return fits(text) ? [] : [`${what} is ${quoted(text)}: set it to ${allowed}`];
}

const together = [
  ["endpoint", "ca"],
  ["subnets", "securityGroups"],
];

/** Of two that go together one alone is a mistake. */
function halves(given) {
  const has = (name) => (given[name] ?? "") !== "";
  return together.flatMap(([one, other]) => {
    if (has(one) === has(other)) return [];
    const [there, missing] = has(one) ? [one, other] : [other, one];
    return [`parameter ${missing} is missing: ${there} goes with it`];
  });
}

/** Everything that is wrong, a sentence each. `given`: parameters by name; `chosen`: `--region` and `--stage`. */
export function problemsOf(given, chosen) {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(parameters, name));
  const names = Object.keys(parameters).join(", ");
  return [
    ...unknown.map((name) => `parameter ${name} is not known: there are ${names}`),
    ...Object.entries(parameters).flatMap(([name, rule]) => problemOf(`parameter ${name}`, rule, given[name])),
    ...halves(given),
    ...Object.entries(options).flatMap(([name, rule]) => problemOf(`option --${name}`, rule, chosen[name])),
  ];
}

const chosenOf = (rules, given) =>
  Object.fromEntries(Object.entries(rules).map(([name, { fallback }]) => [name, given[name] ?? fallback]));
const split = (text) => (text === "" ? [] : text.split(","));

/** What serverless.yml needs, out of valid parameters. */
export function settingsOf(given, chosen) {
  const value = chosenOf(parameters, given);
  const part = (wanted, file) => (wanted ? file : "none");
  return {
    ...value,
    ...chosenOf(options, chosen),
    memory: Number(value.memory),
    retention: Number(value.retention),
    archiveDays: Number(value.archiveDays),
    vpc: { subnetIds: split(value.subnets), securityGroupIds: split(value.securityGroups) },
    url: value.http === "url" ? { authorizer: "aws_iam" } : false,
    api: value.http === "api" ? [{ httpApi: { method: "POST", path: "/", authorizer: { type: "aws_iam" } } }] : [],
    alarmActions: split(value.alarmTopic),
    layers: split(value.adotLayer),
    xray: value.tracing === "xray" ? "Active" : "PassThrough",
    /** Files in infra/aws/parts that are wanted. */
    parts: {
      vpc: part(value.subnets !== "", "vpc"),
      xray: part(value.tracing === "xray", "xray"),
      describeCluster: part(value.endpoint === "", "describe-cluster"),
      accessEntries: part(value.accessEntries === "true", "access-entries"),
      archive: part(value.archiveDays !== "0", "archive"),
      notices: part(value.alarmTopic !== "", "notices"),
    },
  };
}

/** `name=value` as osls takes them. */
export function pairsOf(items) {
  return Object.fromEntries(
    (items ?? []).map((item) => {
      const at = item.indexOf("=");
      return at < 0 ? [item, ""] : [item.slice(0, at), item.slice(at + 1).trimEnd()];
    }),
  );
}

/** Thrown with nothing but its sentences: osls prints the stack. */
class WrongParameter extends Error {
  constructor(problems) {
    super(problems.join("\n"));
    this.name = "WrongParameter";
    this.stack = `\n  ${problems.join("\n  ")}\n`;
  }
}

const written = (section) => Object.fromEntries(Object.entries(section ?? {}).map(([name, v]) => [name, String(v)]));

/** For serverless.yml: the command line wins over `params` of the stage, and those over `params.default`. */
export async function settings({ options: chosen, resolveConfigurationProperty }) {
  const section = (await resolveConfigurationProperty(["params"])) ?? {};
  const stage = chosen.stage ?? options.stage.fallback;
  const given = { ...written(section.default), ...written(section[stage]), ...pairsOf(chosen.param) };
  const problems = problemsOf(given, chosen);
  if (problems.length > 0) throw new WrongParameter(problems);
  return settingsOf(given, chosen);
}
