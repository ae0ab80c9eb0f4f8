// Decide requests with @cloud-copilot/iam-simulate: a JSON list of requests in, a list of booleans out.
//
// It checks what it is asked: an action, a resource or a condition key that AWS does not know, or that do not
// belong together, is an error here and not a refusal.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/package.json`);
const { runSimulation } = require("@cloud-copilot/iam-simulate");
const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

async function allowed(request) {
  const named = (policies) => policies.map((policy, n) => ({ name: String(n), policy }));
  const result = await runSimulation(
    {
      request: {
        principal: request.principal,
        action: request.action,
        resource: { resource: request.resource, accountId: request.owner },
        contextVariables: request.context,
      },
      identityPolicies: named(request.identity),
      serviceControlPolicies: [{ orgIdentifier: "r-root", policies: named([everything]) }],
      resourceControlPolicies: [],
      resourcePolicy: request.resource_policy ?? undefined,
      vpcEndpointPolicies: request.endpoint ? named([request.endpoint]) : undefined,
    },
    {},
  );
  const ignored = result.result?.ignoredContextKeys ?? [];
  if (result.resultType === "error" || ignored.length > 0) {
    throw new Error(`${request.action} on ${request.resource}: ${JSON.stringify(result.errors ?? ignored)}`);
  }
  return result.overallResult === "Allowed";
}

const verdicts = [];
for (const request of JSON.parse(readFileSync(0, "utf8"))) verdicts.push(await allowed(request));
process.stdout.write(JSON.stringify(verdicts));
