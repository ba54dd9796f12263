import { runMain } from "./commandLine.ts";

await runMain();
