import { expect, test } from "@jest/globals";
import { makeMove } from "./moves.ts";
import type { RealWorld } from "./world/realWorld.ts";

/** A world that only tells which move was made on it. */
function spied(): { readonly world: RealWorld; readonly made: string[] } {
  const made: string[] = [];
  const world = new Proxy({} as RealWorld, {
    get: (_target, name) => async (argument?: string) => void made.push([String(name), argument].join(" ").trim()),
  });
  return { world, made };
}

test.each([
  ["rotate", "rotateSecret selfSignedRekey"],
  ["rotate keyOfAnother", "rotateSecret keyOfAnother"],
  ["  oom   metrics-apiserver ", "oomKill metrics-apiserver"],
  ["oom", "oomKill operator"],
  ["cut hopB", "cutNetwork hopB"],
  ["scaler up", "repairScaler"],
  ["scaler", "breakScaler"],
])("%j is a move", async (line, move) => {
  const { world, made } = spied();
  await makeMove(world, line);
  expect(made).toEqual([move]);
});

test.each([
  ["rotate nonsense", /^rotate takes selfSignedRekey, .*, expired, not "nonsense"\.$/],
  ["cut nowhere", /^cut takes hopA, hopB, apiserver, not "nowhere"\.$/],
  ["heal hopA", /^heal takes nothing, not "hopA"\.$/],
  ["dance", /^There is no move "dance"\. Moves:\n {2}rotate /],
])("%j moves nothing and says what there is", async (line, sentence) => {
  const { world, made } = spied();
  await expect(makeMove(world, line)).rejects.toThrow(sentence);
  expect(made).toEqual([]);
});

test("an empty line is nothing", async () => {
  const { world, made } = spied();
  await makeMove(world, "   ");
  expect(made).toEqual([]);
});
