/** Knative function: takes requests of respond, looks again, may patch KEDA's two Deployments and nothing else. */
import { runFunction } from "../../src/host.ts";

await runFunction("restart");
