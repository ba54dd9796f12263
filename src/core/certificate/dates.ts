import { formatInstant } from "../instant.ts";
import { type Certificate, octetsOf } from "./certificate.ts";
import { type Refusal, refusal } from "./failure.ts";
import { timeText } from "./validity.ts";

const OUT_OF_DATE = "x509: certificate has expired or is not yet valid: current time";

/** Both ends are inclusive. */
export function datesProblem(certificate: Certificate, now: number, about: Refusal["about"]): Refusal | undefined {
  const { notBefore, notAfter } = certificate;
  const zones = octetsOf(certificate);
  if (now < notBefore) {
    const text = `${OUT_OF_DATE} ${formatInstant(now)} is before ${timeText(notBefore, zones?.notBefore.offset ?? 0)}`;
    return refusal("NotYetValid", text, about);
  }
  if (now <= notAfter) return undefined;
  const text = `${OUT_OF_DATE} ${formatInstant(now)} is after ${timeText(notAfter, zones?.notAfter.offset ?? 0)}`;
  return refusal("Expired", text, about);
}
