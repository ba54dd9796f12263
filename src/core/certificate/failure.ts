/** Why a verification fails; the names are ours, the texts are Go's. */
export type VerifyFailure =
  | "UnknownAuthority"
  | "Expired"
  | "NotYetValid"
  | "HostnameMismatch"
  | "IncompatibleUsage"
  | "NotAuthorizedToSign"
  | "TooManyIntermediates"
  | "UnhandledCriticalExtension"
  | "Other";

export interface Refusal {
  readonly ok: false;
  readonly failure: VerifyFailure;
  /** `x509: ...`, as a Go program logs it. */
  readonly text: string;
  /** Whose dates failed; `leaf` for every other failure. */
  readonly about: "leaf" | "ca";
}

export const refusal = (failure: VerifyFailure, text: string, about: Refusal["about"] = "leaf"): Refusal => ({
  ok: false,
  failure,
  text,
  about,
});
