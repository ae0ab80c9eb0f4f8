// Run cdk-nag and the Control Tower rules over one template: JSON in, a JSON list of findings out.
//
// As in checkers.py, a finding is the checker, its rule, and the logical ID of the resource. A rule of cdk-nag
// that could not resolve a value is a finding too: the template is then harder to judge than it need be.
const { execFileSync } = require("node:child_process");
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { dirname, join } = require("node:path");

const load = require("node:module").createRequire(join(process.argv[2], "package.json"));
const { App, Stack } = load("aws-cdk-lib");
const { CfnInclude } = load("aws-cdk-lib/cloudformation-include");
const packs = load("cdk-nag");

const PACKS = ["AwsSolutionsChecks", "NIST80053R5Checks", "PCIDSS321Checks", "HIPAASecurityChecks"];
const SYSTEMS = { linux: "ubuntu", darwin: "macos" };
const PROCESSORS = { x64: "x86_64", arm64: "aarch64" };

function* nag(templateFile) {
  for (const pack of PACKS) {
    const stack = new Stack(new App(), "Stack");
    new CfnInclude(stack, "System", { templateFile });
    for (const violation of new packs[pack]().validateScope(stack).violations ?? []) {
      for (const { constructPath } of violation.violatingResources) {
        yield ["cdk-nag", violation.ruleName, constructPath.split("/").at(-1)];
      }
    }
  }
}

function* controlTower(templateFile) {
  const root = dirname(load.resolve("@cdklabs/cdk-validator-cfnguard/package.json"));
  const guard = join(root, "bin", SYSTEMS[process.platform], PROCESSORS[process.arch], "cfn-guard");
  const rules = join(root, "rules", "control-tower", "cfn-guard");
  const command = ["validate", "-r", rules, "-d", templateFile, "--structured", "-o", "json", "-S", "none"];
  for (const report of JSON.parse(answer(guard, command))) {
    for (const { Rule: rule } of report.not_compliant) {
      const paths = JSON.stringify(rule).matchAll(/"path":"\/Resources\/([^/"]+)/g);
      for (const title of new Set([...paths].map(([, found]) => found))) yield ["control-tower", rule.name, title];
    }
  }
}

function answer(command, given) {
  const options = { encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "pipe"] };
  try {
    return execFileSync(command, given, options);
  } catch (failure) {
    if (failure.status !== 19) throw failure; // 19: a rule was broken
    return failure.stdout;
  }
}

const folder = mkdtempSync(join(tmpdir(), "system-"));
try {
  const file = join(folder, "template.json");
  writeFileSync(file, readFileSync(0));
  process.stdout.write(JSON.stringify([...nag(file), ...controlTower(file)]));
} finally {
  rmSync(folder, { recursive: true });
}
