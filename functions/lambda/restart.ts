/** AWS Lambda: the same role as functions/knative/restart.ts, invoked by function URL. */
import { lambdaHandler } from "../../src/lambda.ts";

export const handler = await lambdaHandler("restart");
