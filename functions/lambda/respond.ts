/** AWS Lambda: takes events, writes incidents, asks for restarts. Holds no right to change KEDA. The same role as functions/knative/respond.ts. */
import { lambdaHandler } from "../../src/lambda.ts";

export const handler = await lambdaHandler("respond");
