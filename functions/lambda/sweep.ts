/** AWS Lambda: ticked by a schedule; finds what no event told, resumes what was parked, verifies recovery. The same role as functions/knative/sweep.ts. */
import { lambdaHandler } from "../../src/lambda.ts";

export const handler = await lambdaHandler("sweep");
