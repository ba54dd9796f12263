import type { Clock } from "../ports/clock.ts";

/** One thing worth telling: what was done to the world, or what the world did. */
export interface Moment {
  readonly at: number;
  readonly who: "you" | "kubelet" | "deployment" | "hpa" | "keda" | "cert-manager" | "network";
  readonly text: string;
}

export type Tell = (who: Moment["who"], text: string) => void;

export interface Story {
  readonly tell: Tell;
  /** Returns how to unsubscribe. */
  subscribe(listener: (moment: Moment) => void): () => void;
}

export function createStory(clock: Clock): Story {
  const listeners = new Set<(moment: Moment) => void>();
  return {
    tell: (who, text) => {
      for (const listener of listeners) listener({ at: clock.now(), who, text });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
