/** Takes pieces of a stream and hands on its lines. */
export interface Lines {
  /** False when a line is longer than allowed: nothing more can be made of this stream. */
  push(chunk: Buffer): boolean;
}

const NEWLINE = 0x0a;

/** Cuts a stream at its newlines. At most one unfinished line of `longest` bytes is kept; empty lines are left out. */
export function linesOf(longest: number, onLine: (line: string) => void): Lines {
  let pieces: Buffer[] = [];
  let size = 0;
  const finish = (last: Buffer): void => {
    const line = pieces.length === 0 ? last : Buffer.concat([...pieces, last]);
    pieces = [];
    size = 0;
    if (line.length > 0) onLine(line.toString("utf8"));
  };
  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        finish(chunk.subarray(from, at));
        from = at + 1;
      }
      const rest = chunk.subarray(from);
      if (rest.length > 0) pieces.push(rest);
      size += rest.length;
      return size <= longest;
    },
  };
}
