/** AWS Lambda: the same role as functions/knative/respond.ts, invoked by function URL. */
import { lambdaHandler } from "../../src/lambda.ts";

export const handler = await lambdaHandler("respond");
