/** AWS Lambda: the same role as functions/knative/sweep.ts, invoked by function URL or schedule. */
import { lambdaHandler } from "../../src/lambda.ts";

export const handler = await lambdaHandler("sweep");
