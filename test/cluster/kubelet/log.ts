export interface LogLine {
  readonly at: number;
  readonly text: string;
}

const most = 50_000;

/** What one run of a container wrote, line by line with the time of writing. */
export class ContainerLog {
  readonly lines: LogLine[] = [];
  readonly #onLine: (text: string) => void;
  #rest = "";

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine;
  }

  take(chunk: string): void {
    const pieces = (this.#rest + chunk).split("\n");
    this.#rest = pieces.pop() ?? "";
    for (const text of pieces) {
      this.lines.push({ at: Date.now(), text });
      this.#onLine(text);
    }
    if (this.lines.length > most) this.lines.splice(0, this.lines.length - most);
  }

  end(): void {
    if (this.#rest !== "") this.take("\n");
  }
}

/** RFC 3339 with nanoseconds, as kubelet stamps. */
const stamp = (at: number): string => new Date(at).toISOString().replace("Z", "000000Z");

/** As kubelet answers: since, tail, then the limit, which cuts off the newest bytes. */
export function logText(lines: readonly LogLine[], query: URLSearchParams): Buffer {
  const since = sinceOf(query);
  const late = lines.filter((line) => line.at >= since);
  const tail = query.get("tailLines");
  const kept = tail === null ? late : late.slice(Math.max(0, late.length - Number(tail)));
  const stamped = query.get("timestamps") === "true";
  const text = Buffer.from(kept.map((line) => `${stamped ? `${stamp(line.at)} ` : ""}${line.text}\n`).join(""));
  const limit = query.get("limitBytes");
  return limit === null ? text : text.subarray(0, Number(limit));
}

function sinceOf(query: URLSearchParams): number {
  const seconds = query.get("sinceSeconds");
  if (seconds !== null) return Date.now() - Number(seconds) * 1000;
  const time = query.get("sinceTime");
  return time === null ? 0 : Date.parse(time);
}
