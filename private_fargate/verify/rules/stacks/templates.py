"""What CloudFormation refuses before it makes anything: nested stacks that it cannot read, and sizes."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from private_fargate.aws import limits
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.symbols import has_symbol, has_unknown
from private_fargate.verify.templates.values import as_items, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.aws.limits import Limit
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.sources import Tree
    from private_fargate.verify.templates.stacks import Stack

_STACK: Final = "CloudFormation::Stack"
_STACK_PAGE: Final = "AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html"
_MAKES_LISTS: Final = ("Fn::Cidr", "Fn::GetAZs", "Fn::Split")
_LIST_ATTRIBUTES: Final = frozenset(
    {
        ("AWS::EC2::Subnet", "Ipv6CidrBlocks"),
        ("AWS::EC2::VPC", "CidrBlockAssociations"),
        ("AWS::EC2::VPC", "Ipv6CidrBlocks"),
        ("AWS::EC2::VPCEndpoint", "DnsEntries"),
        ("AWS::EC2::VPCEndpoint", "NetworkInterfaceIds"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "SecurityGroups"),
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "LoadBalancerArns"),
    }
)


@rule(
    "CFN-008",
    "error",
    "A nested stack is handed texts, not lists",
    symptom="Value of property Parameters must be an object with String (or simple type) properties",
    fix='Join the list, `!Join [",", !Ref SubnetIds]`, and declare the parameter as a list there.',
    source=_STACK_PAGE,
)
def nested_parameters_are_texts(model: Model) -> Iterator[Fault]:
    """The nested template declares `List<…>`, so a list looks right; it is made of a text with commas."""
    for nested in model.system.of(_STACK):
        given = nested.raw.get("Parameters")
        if not isinstance(given, dict) or _is_call(given):
            continue
        for name, node in given.items():
            if is_list(nested.stack, node):
                message = f"{name} is handed a list, and a parameter of a nested stack is a text"
                yield Fault(nested, message, at=("Parameters", name))


def is_list(stack: Stack, node: Tree) -> bool:
    """Say whether an expression makes a list for sure, whatever is in it."""
    if isinstance(node, list):
        return True
    if not isinstance(node, dict) or len(node) != 1:
        return False
    match node:
        case {"Ref": str() as name}:
            declared = _section(stack, "Parameters").get(name)
            kind = as_text(declared.get("Type", "")) if isinstance(declared, dict) else ""
            return kind == "CommaDelimitedList" or "List<" in kind
        case {"Fn::If": [str() as condition, yes, no]}:
            holds = stack.condition(condition)
            branches = [yes] if holds else [no] if holds is False else [yes, no]
            return all(is_list(stack, branch) for branch in branches)
        case {"Fn::GetAtt": [str() as logical_id, str() as attribute]}:
            resource = stack.resources.get(logical_id)
            return resource is not None and (resource.type, attribute) in _LIST_ATTRIBUTES
        case _:
            return next(iter(node)) in _MAKES_LISTS


def _is_call(node: dict[str, Any]) -> bool:
    return len(node) == 1 and next(iter(node)).startswith("Fn::")


def _section(stack: Stack, name: str) -> dict[str, Any]:
    found = stack.body.get(name)
    return found if isinstance(found, dict) else {}


@rule(
    "CFN-009",
    "error",
    "A nested stack's template is a file beside its parent's, or an https address in S3",
    symptom="TemplateURL must be a supported URL",
    fix=(
        "Write the path of the file, which `aws cloudformation package` uploads and replaces, or "
        "`https://BUCKET.s3.REGION.amazonaws.com/KEY`; no http://, no s3://, no address of a website."
    ),
    source=_STACK_PAGE,
)
def templates_are_within_reach(model: Model) -> Iterator[Fault]:
    """CloudFormation fetches the template itself, from S3 alone, and does so when the stack's turn comes."""
    for nested in model.system.of(_STACK):
        url = nested.text("TemplateURL")
        at_hand = nested.logical_id in nested.stack.children
        why = _refusal(nested, url) if url and not at_hand else None
        if why:
            yield Fault(nested, f"TemplateURL is {url}: {why}", at=("TemplateURL",))


def _refusal(nested: Resource, url: str) -> str | None:
    """Say why an address of a template is refused, None if it is not or nobody knows."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        if has_symbol(url) or url.startswith("ssm-doc:"):
            return None
        return None if _is_beside(nested, url) else "there is no such file beside the template"
    match scheme.lower():
        case "https":
            return _refused_host(rest)
        case "file":
            return None if has_symbol(rest) or _is_beside(nested, rest) else "there is no such file"
        case "http" | "s3" | "ftp":
            return f"{scheme}:// is not supported"
        case _:
            return None


def _refused_host(rest: str) -> str | None:
    host = rest.partition("/")[0]
    if has_symbol(host):
        return None
    labels = host.rpartition("@")[2].partition(":")[0].lower().split(".")
    if any(label.startswith("s3-website") for label in labels):
        return f"{host} is the address of a website, not of S3's API"
    if any(label == "s3" or label.startswith("s3-") for label in labels):
        return None
    return f"{host} is not an address of S3"


def _is_beside(nested: Resource, path: str) -> bool:
    return (nested.stack.template.path.parent / path).is_file()


@rule(
    "CFN-022",
    "error",
    "A template is within CloudFormation's limits",
    symptom="Template format error: Number of resources, 501, is greater than maximum allowed, 500",
    fix="Move resources that belong together, with their parameters and outputs, into nested stacks.",
    source="AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
)
def templates_are_within_limits(model: Model) -> Iterator[Fault]:
    """What is generated grows by the service, and passes a limit on the day when one more is added."""
    seen: set[str] = set()
    for stack in model.system.stacks:
        path = stack.template.path
        if str(path) in seen or not stack.resources:
            continue
        seen.add(str(path))
        size = path.stat().st_size if path.is_file() else 0
        for number, limit in chain(_numbers(stack), [(size, limits.TEMPLATE)]):
            if number > limit.value:
                first = next(iter(stack.resources.values()))
                yield Fault(first, f"there are {number} {limit.unit}, and {limit.value} are allowed")
    yield from _long_values(model)


def _numbers(stack: Stack) -> Iterator[tuple[int, Limit]]:
    """Give how much there is of everything, loops written out."""
    yield len(_section(stack, "Resources")), limits.RESOURCES
    yield len(_section(stack, "Parameters")), limits.PARAMETERS
    yield len(_section(stack, "Outputs")), limits.OUTPUTS
    mappings = _section(stack, "Mappings")
    yield len(mappings), limits.MAPPINGS
    for mapping in mappings.values():
        yield (
            len(as_items(list(mapping) if isinstance(mapping, dict) else []).values),
            limits.MAPPING_ATTRIBUTES,
        )
    names = [len(name) for section in ("Resources", "Outputs") for name in _section(stack, section)]
    yield max(names, default=0), limits.LOGICAL_ID


def _long_values(model: Model) -> Iterator[Fault]:
    most = limits.PARAMETER_VALUE.value
    for nested in model.system.of(_STACK):
        given = nested.get("Parameters")
        for name, value in given.items() if isinstance(given, dict) else ():
            size = len(as_text(value).encode())
            if not isinstance(value, list | dict) and not has_unknown(value) and size > most:
                message = f"{name} is handed {size} bytes, and a parameter's value has {most} at most"
                yield Fault(nested, message, at=("Parameters", name))


RULES: Final[tuple[Rule, ...]] = (
    nested_parameters_are_texts,
    templates_are_within_reach,
    templates_are_within_limits,
)
