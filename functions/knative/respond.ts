/** Knative function: takes events, writes incidents, asks for restarts. Holds no right to change KEDA. */
import { runFunction } from "../../src/host.ts";

await runFunction("respond");
