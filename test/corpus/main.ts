import { writeFileSync } from "node:fs";
import { page } from "./page.ts";

writeFileSync(new URL("../../docs/causes.md", import.meta.url), page());
process.stdout.write("docs/causes.md\n");
