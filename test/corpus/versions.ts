/**
 * What each KEDA prints about hop B and whether it reloads its certificates. Read from the published module of the tag
 * (`github.com/kedacore/keda/v2@TAG`: cmd/adapter/main.go, pkg/metricsservice, pkg/provider/provider.go, go.mod) and from
 * the grpc-go that it is built with (clientconn.go createTransport, resolver.go Address.String).
 */
export interface KedaVersion {
  readonly minor: string;
  /** The tag that was read. */
  readonly tag: string;
  readonly grpc: string;
  readonly hopB: "plaintext" | "mTLS";
  readonly reloads: boolean;
  /** The failed connect on one line, or with the address as JSON over several lines. */
  readonly failedConnect: "one line" | "many lines";
  /** `Addr:` in it: the name up to grpc.Dial, an address since grpc.NewClient. */
  readonly address: "name" | "IP";
  /** Whether "successfully established" is ever printed. */
  readonly printsEstablished: boolean;
  readonly logger: "klogr" | "zap";
  /** Where a line of it was seen, beyond its source; `unproved`: nowhere. */
  readonly lines: string;
}

const since210 = { hopB: "mTLS", printsEstablished: true } as const;
const onOneLine = { ...since210, failedConnect: "one line" } as const;
const dials = { ...onOneLine, address: "name", logger: "klogr", reloads: false } as const;
const newClient = { ...onOneLine, address: "IP", logger: "klogr" } as const;
const zap = { ...newClient, logger: "zap", reloads: true } as const;

export const versions: readonly KedaVersion[] = [
  {
    minor: "2.9",
    tag: "v2.9.3",
    grpc: "v1.51.0",
    hopB: "plaintext",
    reloads: false,
    failedConnect: "many lines",
    address: "name",
    printsEstablished: false,
    logger: "klogr",
    lines: "keda#4069 (start-up lines of 2.9.1)",
  },
  {
    minor: "2.10",
    tag: "v2.10.1",
    grpc: "v1.53.0",
    ...dials,
    failedConnect: "many lines",
    lines: "keda#5052 (a failed connect of 2.10)",
  },
  { minor: "2.11", tag: "v2.11.2", grpc: "v1.56.1", ...dials, lines: "unproved" },
  { minor: "2.12", tag: "v2.12.1", grpc: "v1.59.0", ...dials, lines: "unproved" },
  { minor: "2.13", tag: "v2.13.1", grpc: "v1.60.1", ...dials, lines: "both recordings of test/fixtures; keda#5683" },
  { minor: "2.14", tag: "v2.14.1", grpc: "v1.63.2", ...dials, lines: "unproved" },
  { minor: "2.15", tag: "v2.15.1", grpc: "v1.65.0", ...newClient, reloads: false, lines: "keda#7251 (timeouts)" },
  { minor: "2.16", tag: "v2.16.1", grpc: "v1.67.1", ...newClient, reloads: false, lines: "unproved" },
  {
    minor: "2.17",
    tag: "v2.17.1",
    grpc: "v1.71.1",
    ...newClient,
    reloads: false,
    lines:
      "recorded from real binaries of 2.17.1 (`test/corpus/recorded/`), and played by scenario `2-2.17.1` of `test/cluster`: the predicted text is the logged one",
  },
  { minor: "2.17 from .2", tag: "v2.17.2", grpc: "v1.71.1", ...newClient, reloads: true, lines: "unproved" },
  { minor: "2.18", tag: "v2.18.3", grpc: "v1.77.0-dev", ...zap, lines: "unproved" },
  { minor: "2.19", tag: "v2.19.0", grpc: "v1.78.0", ...zap, lines: "unproved" },
  {
    minor: "2.20",
    tag: "v2.20.2",
    grpc: "v1.81.1",
    ...zap,
    lines: "measured on real binaries of 2.20.2: reload within 5 s",
  },
];

/** Versions whose lines nobody has recorded: what is said of them is read from their source only. */
export const unproved: readonly string[] = versions.filter(({ lines }) => lines === "unproved").map(({ tag }) => tag);
