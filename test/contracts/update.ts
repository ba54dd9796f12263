/**
 * Writes down what is new: `node test/contracts/update.ts`. It adds lines to golden files and rewrites the tables of
 * CONTRACTS.md. It never removes a line: what is gone must be taken out by hand, after its time as deprecated is over.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { withBlocks } from "./document.ts";
import { listings, read, root } from "./listings.ts";

for (const [name, listing] of Object.entries(listings)) {
  const path = `${root}test/contracts/golden/${name}.txt`;
  const known = existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  const now = listing();
  const gone = known.filter((line) => !now.includes(line));
  if (gone.length > 0) process.stderr.write(`${name}: no longer there:\n  ${gone.join("\n  ")}\n`);
  const added = now.filter((line) => !known.includes(line));
  if (added.length === 0) continue;
  writeFileSync(path, `${[...gone, ...now].sort().join("\n")}\n`);
  process.stdout.write(`${name}: ${added.length} new\n`);
}

const document = read("CONTRACTS.md");
if (withBlocks(document) !== document) writeFileSync(`${root}CONTRACTS.md`, withBlocks(document));
