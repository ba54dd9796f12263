/** The lock file must name no registry: a mirror's address in it breaks everybody else's `npm ci`. */
import { readFileSync } from "node:fs";

const hosts = readFileSync("package-lock.json", "utf8").match(/"resolved": "https?:\/\/[^"]+"/g) ?? [];
if (hosts.length > 0) {
  console.error(
    `package-lock.json names ${hosts.length} registry addresses, e.g. ${hosts[0]}: keep omit-lockfile-registry-resolved=true in .npmrc and run npm install again.`,
  );
  process.exit(1);
}
