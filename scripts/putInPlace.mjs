import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

/** Files of a folder by path, and their bytes. */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length)).sort();
}

function isSame(one, other) {
  if (!existsSync(other)) return false;
  const [ours, theirs] = [filesIn(one), filesIn(other)];
  if (ours.join("\n") !== theirs.join("\n")) return false;
  return ours.every((file) => readFileSync(join(one, file)).equals(readFileSync(join(other, file))));
}

/** Another run may do the same to the same place between our two renames: the last one stays. */
function swap(made, place, times = 5) {
  const old = `${place}.old-${randomUUID()}`;
  try {
    if (existsSync(place)) renameSync(place, old);
    renameSync(made, place);
  } catch (error) {
    if (times === 0 || !/^(ENOTEMPTY|EEXIST|ENOENT)$/.test(error.code)) throw error;
    swap(made, place, times - 1);
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

/**
 * Copies a folder to where readers look for it. A reader sees the old one whole or the new one whole; one that is the same
 * to the byte is left alone, so that whoever reads it just now is not disturbed.
 */
export function putInPlace(folder, place) {
  if (isSame(folder, place)) return;
  mkdirSync(dirname(place), { recursive: true });
  // Beside its place: a rename works within one file system only.
  const made = `${place}.new-${randomUUID()}`;
  try {
    cpSync(folder, made, { recursive: true });
    swap(made, place);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}
