import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { writeVolume } from "./kubelet/atomicWriter.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keda-medic-volume-"));
});
afterEach(() => rm(folder, { recursive: true }));

const files = (text: string) => ({ "tls.crt": Buffer.from(text), "ca.crt": Buffer.from(`ca of ${text}`) });

test("names of a volume lead through ..data to the newest files", async () => {
  await writeVolume(folder, files("one"));
  await writeVolume(folder, files("two"));
  expect(await readFile(join(folder, "tls.crt"), "utf8")).toBe("two");
  expect(await readlink(join(folder, "tls.crt"))).toBe("..data/tls.crt");
});

test("the old folder is gone after a change", async () => {
  await writeVolume(folder, files("one"));
  const old = await readlink(join(folder, "..data"));
  await writeVolume(folder, files("two"));
  expect(await readdir(folder)).not.toContain(old);
});

test("the same files are not written again", async () => {
  await writeVolume(folder, files("one"));
  const before = await readlink(join(folder, "..data"));
  await writeVolume(folder, files("one"));
  expect(await readlink(join(folder, "..data"))).toBe(before);
});

test("a name that is gone from the Secret is gone from the volume", async () => {
  await writeVolume(folder, files("one"));
  await writeVolume(folder, { "ca.crt": Buffer.from("ca") });
  expect((await readdir(folder)).filter((name) => !name.startsWith(".."))).toEqual(["ca.crt"]);
});
