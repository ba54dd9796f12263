import type { Loose } from "../api/client.ts";

/** What stands for an image: a program of this machine. */
export interface Image {
  readonly path: string;
  /** In front of the container's own arguments: an interpreter's file. */
  readonly before?: readonly string[];
  /** Words of the Pod's command and arguments that are the program itself. */
  readonly isProgram?: (word: string) => boolean;
  /** Every Pod has an address but all share one network namespace: a program must not listen on all of them. */
  readonly listenOn?: (podIP: string, uniquePort: number) => readonly string[];
  readonly env?: (podIP: string, uniquePort: number) => Readonly<Record<string, string>>;
  /** Listens on all addresses and cannot be told otherwise: its Pod gets a network namespace of its own. */
  readonly ownNetwork?: boolean;
}

/** Images by name without tag. */
export type Images = Readonly<Record<string, Image>>;

const nameOf = (reference: string): string => reference.replace(/@.*$/, "").replace(/:[^/:]*$/, "");

export const hasOwnNetwork = (images: Images, pod: Loose): boolean =>
  pod.spec.containers.some(({ image }: Loose) => images[nameOf(image)]?.ownNetwork === true);

export function imageOf(images: Images, reference: string): Image {
  const image = images[nameOf(reference)];
  if (image === undefined) throw new Error(`no program stands for image ${reference}`);
  return image;
}

/** The program and its arguments as the Pod spec says, bound to the Pod's address. */
export function commandOf(image: Image, container: Loose, podIP: string, uniquePort: number): readonly string[] {
  const words: string[] = [...(container.command ?? []), ...(container.args ?? [])];
  const own = image.isProgram;
  const args = own !== undefined && words[0] !== undefined && own(words[0]) ? words.slice(1) : words;
  return [image.path, ...(image.before ?? []), ...args, ...(image.listenOn?.(podIP, uniquePort) ?? [])];
}
