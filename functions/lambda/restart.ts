/** AWS Lambda: takes requests of respond, looks again, may patch KEDA's two Deployments and nothing else. The same role as functions/knative/restart.ts. */
import { lambdaHandler } from "../../src/lambda.ts";

export const handler = await lambdaHandler("restart");
