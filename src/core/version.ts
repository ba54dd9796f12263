/** First KEDA that reloads hop B's certificates by itself: v2.17.2 (kedacore/keda#6756). */
const firstReloading: readonly [number, number, number] = [2, 17, 2];

/** `2.13.1` from an image tag or a label; undefined when it is no version (a digest, `main`, `latest`). */
export function parseVersion(text: string | undefined): readonly [number, number, number] | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:$|[-+])/.exec(text ?? "");
  return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

/** Whether this KEDA reloads the certificates of hop B without a restart; undefined when its version is not known. */
export function reloadsCertificates(version: string | undefined): boolean | undefined {
  const parsed = parseVersion(version);
  if (parsed === undefined) return undefined;
  for (const [i, wanted] of firstReloading.entries()) {
    const actual = parsed[i] ?? 0;
    if (actual !== wanted) return actual > wanted;
  }
  return true;
}
