import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "@jest/globals";

/** A folder for the tests of this file, gone after the last of them. To be called while tests are declared, or in one. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "keda-medic-test-"));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
