/** What changed between KEDA's versions, as far as this world shows it. */
export interface KedaVersion {
  /** gRPC certificates are reloaded when the volume changes (since 2.17.2). */
  readonly hotReload: boolean;
  /** The failure line names an IP (grpc.NewClient, since 2.15), before that the DNS name. */
  readonly dialsByAddress: boolean;
  /** A request that ends without a connection makes the adapter panic (before 2.15). */
  readonly panicsOnTimeout: boolean;
  readonly adapterLog: "klogr" | "klog" | "zap";
}

export function kedaVersion(image: string): KedaVersion {
  const [major = 0, minor = 0, patch = 0] = (image.split(":")[1] ?? "").split(".").map(Number);
  const number = major * 1_000_000 + minor * 1000 + patch;
  return {
    hotReload: number >= 2_017_002,
    dialsByAddress: number >= 2_015_000,
    panicsOnTimeout: number < 2_015_000,
    adapterLog: number >= 2_018_000 ? "zap" : number >= 2_015_000 ? "klog" : "klogr",
  };
}
