/** Lower-case RFC 1123 subdomain, as object names must be; anything else becomes a dash. */
const subdomain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, "-")
    .replaceAll(/[.-]{2,}/g, "-")
    .replace(/^[.-]/, "")
    .slice(0, 180)
    .replace(/[.-]$/, "");

/** One KEDA in one cluster: `<cluster>.<namespace>`. */
export const installationName = (cluster: string, namespace: string): string => subdomain(`${cluster}.${namespace}`);

/** One incident per installation and certificate generation. */
export const incidentName = (installation: string, generation: string): string =>
  subdomain(`${installation}.${generation.slice(0, 12)}`);

/** Generation of an incident for which the certificates could not be seen. */
export const unseenGeneration = "unseen";

/** Stands for KEDA's namespace as long as nobody could tell it. */
export const unresolvedNamespace = "unresolved";
