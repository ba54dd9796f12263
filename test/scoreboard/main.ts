import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { documents } from "./documents.ts";

// `npm run scoreboard`: judges every situation by every rule and writes the page and the chart.

const root = new URL("../../", import.meta.url);
for (const [path, text] of Object.entries(documents())) {
  writeFileSync(fileURLToPath(new URL(path, root)), text);
  process.stdout.write(`${path}\n`);
}
