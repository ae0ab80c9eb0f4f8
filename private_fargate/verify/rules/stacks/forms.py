"""Rules about the launch form of a template: what its `Rules` say, and whether anything satisfies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.retention import LOG_RETENTION_DAYS
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates import assertions
from private_fargate.verify.templates.resources import Resource
from private_fargate.verify.templates.values import as_int

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.findings import Severity
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.stacks import Stack

_PAGE: Final = "AWSCloudFormation/latest/UserGuide/rules-section-structure.html"
_FUNCTIONS: Final = "AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html"


class _Clause(Resource):
    """A rule of a template, in the place of a resource where a finding needs one."""

    def line(self, *keys: str | int) -> int:
        return self.stack.template.line(("Rules", self.logical_id, *keys))


def _clause(stack: Stack, name: str) -> Resource:
    body = assertions.rules(stack.body).get(name)
    return _Clause(stack, name, body if isinstance(body, dict) else {})


@rule(
    "CFN-026",
    "error",
    "Logs are kept for a number of days that CloudWatch Logs has",
    symptom="1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint",
    fix="Write one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827 or 3653.",
    source="AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
)
def retention_is_legal(model: Model) -> Iterator[Fault]:
    """A parameter may let one choose any number, and the stack fails at its log groups."""
    launch = model.system.launch
    for group in model.system.of("Logs::LogGroup"):
        days = group.number("RetentionInDays")
        if days is not None and days not in LOG_RETENTION_DAYS:
            message = f"RetentionInDays is {days}, and CloudWatch Logs keeps nothing for {days} days"
            yield Fault(group, message, at=("RetentionInDays",))
            continue
        name = launch.parameter_of(group, "RetentionInDays")
        offered = launch.form.allowed(name) if name else ()
        wrong = [text for text in offered if as_int(text) not in LOG_RETENTION_DAYS]
        if wrong:
            message = f"{name} can be {', '.join(wrong)}, and CloudWatch Logs keeps nothing for so many days"
            yield Fault(group, message, at=("RetentionInDays",), severity="warning")


@rule(
    "CFN-027",
    "error",
    "A rule of a template asks for its parameters, with the functions that rules have",
    symptom="Template format error; or a rule that never refuses anything",
    fix="Name a parameter of the same template, and use Fn::And, Fn::Or, Fn::Not, Fn::Equals, Fn::Contains, "
    "Fn::EachMemberIn, Fn::EachMemberEquals, Fn::RefAll, Fn::ValueOf and Fn::ValueOfAll.",
    source=f"{_PAGE}; {_FUNCTIONS}",
)
def rules_can_be_read(model: Model) -> Iterator[Fault]:
    """Rules look like conditions, and have other functions; a parameter's old name may stay in them."""
    for stack in model.system.stacks:
        for name, why in assertions.faults(stack.body):
            yield Fault(_clause(stack, name), f"the rule {name} {why}")


@rule(
    "CFN-028",
    "error",
    "Some values satisfy all rules of a template",
    symptom="Template validation error: the AssertDescription of the rule that is not satisfied",
    fix="Correct the rule, or give values that satisfy it.",
    source=_PAGE,
)
def rules_can_be_satisfied(model: Model) -> Iterator[Fault]:
    """Two rules that exclude each other refuse every launch, each with a message that sounds reasonable.

    Where only the defaults are refused, whoever launches has to say more; that is for information.
    """
    form, root = model.system.launch.form, model.system.root
    severity: Severity = "error" if form.explores or form.is_given else "info"
    among = "all values that the parameters can have" if form.explores else "the values that are known"
    for assertion in form.conflict():
        said = f": {assertion.description}" if assertion.description else ""
        message = f"the rule {assertion.rule} refuses {among}{said}"
        yield Fault(_clause(root, assertion.rule), message, severity=severity)
    for path, nested in model.system.parents.items():
        stack = nested.stack.children[path[-1]]
        for assertion in assertions.assertions(stack.body):
            if assertion.holds(stack.reference, stack.equal) is False:
                # Whether CloudFormation asks the rules of nested templates is written nowhere.
                message = f"the rule {assertion.rule} of its template refuses what it is handed"
                yield Fault(nested, message, at=("Parameters",), severity="warning")


RULES: Final[tuple[Rule, ...]] = (retention_is_legal, rules_can_be_read, rules_can_be_satisfied)
