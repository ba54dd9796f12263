/** Knative function: ticked by a PingSource; finds what no event told, resumes what was parked, verifies recovery. */
import { runFunction } from "../../src/host.ts";

await runFunction("sweep");
