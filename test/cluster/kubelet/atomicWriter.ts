import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type Files = Readonly<Record<string, Buffer>>;

/**
 * Writes a volume as kubelet's AtomicWriter does: files in a new `..<time>` folder, `..data` swapped to it, names linked
 * through `..data`, and only then the old folder removed. Programs are told by exactly these steps: KEDA's :6443 reloads on
 * the removal, its gRPC (since 2.17.2) on the creation of `..data`.
 */
export async function writeVolume(folder: string, files: Files): Promise<void> {
  await mkdir(folder, { recursive: true });
  const data = join(folder, "..data");
  const old = await readlink(data).catch(() => undefined);
  if (old !== undefined && (await holds(join(folder, old), files))) return;
  const fresh = `..${stamp()}.${randomBytes(4).toString("hex")}`;
  await mkdir(join(folder, fresh), { mode: 0o755 });
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, fresh, name), content, { mode: 0o644 });
  await symlink(fresh, join(folder, "..data_tmp"));
  await rename(join(folder, "..data_tmp"), data);
  await link(folder, files);
  if (old !== undefined) await rm(join(folder, old), { recursive: true, force: true });
}

async function holds(folder: string, files: Files): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.length !== Object.keys(files).length) return false;
  for (const name of names) {
    const there = await readFile(join(folder, name));
    if (!files[name]?.equals(there)) return false;
  }
  return true;
}

/** Visible names, and none too many. */
async function link(folder: string, files: Files): Promise<void> {
  const visible = (await readdir(folder)).filter((name) => !name.startsWith(".."));
  for (const name of visible) if (!(name in files)) await rm(join(folder, name));
  for (const name of Object.keys(files))
    if (!visible.includes(name)) await symlink(join("..data", name), join(folder, name));
}

const stamp = (): string =>
  new Date()
    .toISOString()
    .replace(/[-:]/g, "_")
    .replace(/[TZ]/g, (letter) => (letter === "T" ? "_" : ""));
