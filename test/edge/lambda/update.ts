import { readFileSync, writeFileSync } from "node:fs";
import { compare, pageOf, withTables } from "./page.ts";
import { startHosts } from "./verdicts.ts";

const hosts = await startHosts();
const compared = await compare(hosts);
const readme = new URL("../../../README.md", import.meta.url);
writeFileSync(new URL("../../../docs/hosts.md", import.meta.url), pageOf(compared));
writeFileSync(readme, withTables(readFileSync(readme, "utf8"), compared));
await hosts.close();
