import type { Cancel } from "./time.ts";
import type { EventSource } from "./world.ts";

export interface EventFaultsOptions<T> {
  /** Sends one event; `heldBack` when it comes out of a group that was turned around. */
  readonly send: (event: T, heldBack: boolean) => void;
  /** Runs once this many milliseconds have passed on the source's own clock. */
  readonly after: (delay: number, run: () => void) => Cancel;
}

/** A group that does not get full goes this long after its newest event. */
const HELD_FOR = 1_000;

/** What networks and restarts do to a stream of events: they lose, repeat and turn around. */
export class EventFaults<T> implements Pick<EventSource, "lose" | "duplicate" | "reorder"> {
  readonly #options: EventFaultsOptions<T>;
  #lost = 0;
  #copies = 1;
  #group = 1;
  #held: T[] = [];
  #stopWaiting: Cancel = () => {};

  constructor(options: EventFaultsOptions<T>) {
    this.#options = options;
  }

  lose(count: number): void {
    this.#lost = count;
  }

  duplicate(copies: number): void {
    this.#copies = copies;
  }

  reorder(size: number): void {
    this.#group = size;
    this.#flush();
  }

  /** Takes what the source would send, and sends what is left of it. */
  pass(event: T): void {
    if (this.#lost > 0) {
      this.#lost -= 1;
      return;
    }
    for (let copy = 0; copy < this.#copies; copy += 1) this.#one(event);
  }

  /** Sends nothing more that is held. */
  close(): void {
    this.#stopWaiting();
    this.#held = [];
  }

  #one(event: T): void {
    if (this.#group <= 1) {
      this.#options.send(event, false);
      return;
    }
    this.#held.push(event);
    this.#stopWaiting();
    if (this.#held.length >= this.#group) this.#flush();
    else this.#stopWaiting = this.#options.after(HELD_FOR, () => this.#flush());
  }

  /** Backwards. */
  #flush(): void {
    const held = this.#held.reverse();
    this.#held = [];
    for (const event of held) this.#options.send(event, true);
  }
}
