import { eventingCommands } from "../build/programs.ts";
import type { Images } from "../kubelet/images.ts";

/** Knative's manifests name their images by the package that `ko` would build. They listen on fixed ports at all addresses. */
export const eventingImages = (binaries: Readonly<Record<string, string>>): Images =>
  Object.fromEntries(
    [...eventingCommands, "apiserver_receive_adapter"].map((command) => {
      const binary = command.replace(/^.*\//, "");
      return [
        `ko://knative.dev/eventing/cmd/${command}`,
        { path: binaries[`eventing/${binary}`] ?? binary, ownNetwork: true },
      ];
    }),
  );
