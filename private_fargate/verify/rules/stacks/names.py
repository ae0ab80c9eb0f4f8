"""Names that stand in the way: of a replacement, of a second stack, and of those who import them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from private_fargate.aws.create_only import NAME_PROPERTIES
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.stacks.data import is_kept
from private_fargate.verify.rules.stacks.updates import blocked, compared
from private_fargate.verify.templates.resolving import resolve
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_NAMED: Final = (
    "AWS::ECR::Repository",
    "AWS::IAM::InstanceProfile",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Role",
    "AWS::Logs::LogGroup",
)
_OTHER_RULES: Final = frozenset(
    {
        "AWS::ECS::ExpressGatewayService",
        "AWS::ECS::Service",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::ServiceDiscovery::HttpNamespace",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "AWS::ServiceDiscovery::PublicDnsNamespace",
        "AWS::ServiceDiscovery::Service",
    }
)


@rule(
    "CFN-010",
    "warning",
    "What has a name of its own can be made again",
    symptom=(
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename … and "
        "update the stack again; or, for a new stack: … already exists"
    ),
    fix="Leave the name out, or make it of a parameter, such as !Sub ${AWS::StackName}-web.",
    source="AWSCloudFormation/latest/TemplateReference/aws-properties-name.html",
)
def names_do_not_stand_in_the_way(model: Model) -> Iterator[Fault]:
    """A name in the template is taken after the first deployment: what is kept, or replaced, collides."""
    both = compared(model)
    reported: set[int] = set()
    for resource_type, name in NAME_PROPERTIES.items() if both else ():
        if both and resource_type not in _OTHER_RULES:
            for fault in blocked(both, resource_type.removeprefix("AWS::"), name):
                reported.add(id(fault.resource))
                yield fault
    for resource_type in _NAMED:
        for resource in model.system.by_type.get(resource_type, ()):
            if id(resource) not in reported:
                yield from _fixed(resource, NAME_PROPERTIES[resource_type])


def _fixed(resource: Resource, property_: str) -> Iterator[Fault]:
    """Say so if a name is written down in the template, so that nobody can choose another."""
    name = written(resource.stack, resource.raw.get(property_))
    if name is None:
        return
    if is_kept(resource):
        message = f"the name {name} is still taken when the stack is gone, so that it cannot be made again"
        yield Fault(resource, message, at=(property_,))
    else:
        message = f"the name {name} is written down, so that the template makes one stack and no second"
        yield Fault(resource, message, at=(property_,), severity="info")


def written(stack: Stack, node: Tree) -> str | None:
    """Give a text that stands in a template as such; None if it is made of anything else."""
    match node:
        case str():
            return None if "{{resolve:" in node else node
        case {"Fn::Sub": str() as text}:
            return None if "${" in text else text
        case {"Fn::If": [str() as condition, yes, no]}:
            holds = stack.condition(condition)
            return None if holds is None else written(stack, yes if holds else no)
        case _:
            return None


@dataclass(frozen=True, slots=True)
class _Export:
    stack: Stack
    output: str
    name: Value
    value: Value


@rule(
    "CFN-021",
    "error",
    "An export stays as long as somebody may import it",
    symptom="Export web-VpcId cannot be deleted as it is in use by",
    fix=(
        "Keep the output with its Export, or change those who import it first; outputs of nested stacks and "
        "Fn::GetStackOutput bind nobody."
    ),
    source="AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html",
)
def exports_stay(model: Model) -> Iterator[Fault]:
    """An import binds the stack that exports, and nothing in its template tells that there is one."""
    both = compared(model)
    if both is None:
        return
    kept = list(_exports(model.system))
    imported = [name for stack in model.system.stacks for name in _imports(stack, stack.body)]
    for old in _exports(both.before):
        name = both.translation.translated(old.name)
        alike = [export for export in kept if same(export.name, name) is not False]
        if not alike:
            what = f"the export {name} is removed"
        elif same(alike[0].name, name) and both.translation.changed(old.value, alike[0].value):
            what = f"the export {name} gets another value"
        else:
            continue
        resource = _somewhere(model.system, old.stack.path)
        if resource is not None:
            surely = any(same(other, name) for other in imported)
            message = f"{what}, which fails {'as it is imported' if surely else 'if any stack imports it'}"
            yield Fault(resource, message, severity=None if surely else "warning")


def _exports(system: System) -> Iterator[_Export]:
    for stack in system.stacks:
        outputs = stack.body.get("Outputs")
        for output, declared in outputs.items() if isinstance(outputs, dict) else ():
            export = declared.get("Export") if isinstance(declared, dict) else None
            if not isinstance(export, dict) or not _exists(stack, declared):
                continue
            name = as_text(resolve(stack, export.get("Name")) or "")
            if name:
                yield _Export(stack, output, name, stack.output(output))


def _exists(stack: Stack, declared: dict[str, Any]) -> bool:
    condition = declared.get("Condition")
    return not isinstance(condition, str) or stack.condition(condition) is not False


def _imports(stack: Stack, node: Tree) -> Iterator[Value]:
    """Give the names of exports that a template imports."""
    if isinstance(node, dict):
        if set(node) == {"Fn::ImportValue"}:
            yield resolve(stack, node["Fn::ImportValue"])
        for value in node.values():
            yield from _imports(stack, value)
    elif isinstance(node, list):
        for item in node:
            yield from _imports(stack, item)


def _somewhere(system: System, path: tuple[str, ...]) -> Resource | None:
    """Give a resource of a stack to name, or of the root if the stack is gone."""
    inside = (resource for resource in system.resources if resource.stack.path == path)
    return next(inside, next(iter(system.resources), None))


RULES: Final[tuple[Rule, ...]] = (names_do_not_stand_in_the_way, exports_stay)
