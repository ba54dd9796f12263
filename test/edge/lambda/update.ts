import { writeFileSync } from "node:fs";
import { compare, pageOf } from "./page.ts";
import { startHosts } from "./verdicts.ts";

const hosts = await startHosts();
writeFileSync(new URL("../../../docs/hosts.md", import.meta.url), pageOf(await compare(hosts)));
await hosts.close();
