"""Where a stack is built: resources are added to a scope, and children nested in it.

A stack is `build(scope, config, inputs) -> outputs`.  Nesting renders the child once for each
*shape* (its build function, its config, and which inputs it was given), declares the inputs as
its parameters and the outputs as its outputs, adds the nested stack to the parent, and returns
the same outputs class filled with `Fn::GetAtt`: wiring is then plain attribute access.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeVar, cast, runtime_checkable

import orjson
from troposphere import GetAtt, Output, Parameter, Ref, Tags, Template
from troposphere.cloudformation import Stack

from private_fargate.kit.bundles import replaced, wires
from private_fargate.kit.trees import document
from private_fargate.kit.wires import Wire

if TYPE_CHECKING:
    from troposphere import AWSObject

CONTEXT = "com.aws.cloudformation.Context"  # AWS's convention for saying why a resource exists

Config = TypeVar("Config")
Inputs = TypeVar("Inputs")
Outputs = TypeVar("Outputs")
Resource = TypeVar("Resource", bound="AWSObject")
Kind = TypeVar("Kind", bound=Wire)
Build = Callable[["Scope", Config, Inputs], Outputs]


@runtime_checkable
class Shape(Protocol):
    """A config of which one system may hold several: it names the template that it becomes."""

    @property
    def slug(self) -> str:
        """What follows the module's name in the file name."""
        ...


@dataclass(frozen=True)
class Child:
    """A rendered shape: its file, and the outputs as they are inside it."""

    file_name: str
    outputs: object


@dataclass
class Library:
    """The templates of one system, and what all its stacks share.

    Attributes:
        tags: of every nested stack, and so of every resource.
        boundary: name of the policy in this account that bounds each role, a text for Fn::Sub; None for no
            bound.
        templates: content by file name.
    """

    tags: Mapping[str, object] = field(default_factory=dict[str, object])
    boundary: str | None = None
    templates: dict[str, bytes] = field(default_factory=dict[str, bytes])
    _children: dict[object, Child] = field(default_factory=dict[object, Child])

    def child(self, build: Build[Config, Inputs, Outputs], config: Config, inputs: Inputs) -> Child:
        """Return the rendered shape that these arguments ask for, rendering it if it is new."""
        key = (build, config, frozenset(wires(inputs)))
        if key not in self._children:
            self._children[key] = self._render_child(build, config, inputs)
        return self._children[key]

    def _render_child(self, build: Build[Config, Inputs, Outputs], config: Config, inputs: Inputs) -> Child:
        scope = Scope(_first_line(build), self)
        outputs = build(scope, config, scope.declare(inputs))
        for title, wire in wires(outputs).items():
            scope.output(title, wire)
        file_name = f"{_file_stem(build, config)}.json"
        self.add(file_name, scope)
        return Child(file_name, outputs)

    def add(self, file_name: str, scope: Scope) -> None:
        """Render a scope under a file name that no other template has."""
        if file_name in self.templates:
            message = f"{file_name} would be two templates; give the config a slug that tells them apart"
            raise ValueError(message)
        self.templates[file_name] = canonical_json(document(scope.template))


class Scope:
    """One template while it is being built."""

    def __init__(self, description: str, library: Library) -> None:
        """Start an empty template with this description."""
        self.library = library
        self.template = Template(Description=description)
        self.template.set_version("2010-09-09")  # the only one that there is
        self._titles: dict[int, tuple[str, object]] = {}
        self._labels: dict[str, dict[str, str]] = {}

    def add(
        self, resource: Resource, *, why: str, must: str | None = None, condition: str | None = None
    ) -> Resource:
        """Add a resource and say in its metadata why it is there.

        Args:
            resource: the resource, under its logical ID.
            why: what it is for.
            must: what breaks if it is changed carelessly.
            condition: name of the condition under which it exists; None for always.
        """
        context: dict[str, object] = {"why": why}
        if must is not None:
            context["must"] = [must]
        resource.resource["Metadata"] = {CONTEXT: context}
        if condition is not None:
            resource.resource["Condition"] = condition
        self.template.add_resource(resource)  # pyright: ignore[reportUnknownMemberType]
        return resource

    def nest(  # noqa: PLR0913  # where, what, with what, and when
        self,
        title: str,
        build: Build[Config, Inputs, Outputs],
        config: Config,
        inputs: Inputs,
        *,
        after: Iterable[object] = (),
        condition: str | None = None,
    ) -> Outputs:
        """Nest a stack and return its outputs as wires.

        Args:
            title: logical ID of the nested stack.
            build: the build function of a stack module.
            config: what is known now; equal configs share one template.
            inputs: what is known at deployment; a field that is None is no parameter.
            after: outputs of stacks that must be complete first although no wire leads from them.
            condition: name of the condition under which it exists; None for always.
        """
        child = self.library.child(build, config, inputs)
        stack = Stack(
            title,
            TemplateURL=child.file_name,
            Parameters={title: wire.as_text() for title, wire in wires(inputs).items()},
            Tags=Tags(**self.library.tags),
        )
        waits = sorted(self._titles[id(outputs)][0] for outputs in after)
        if waits:
            stack.resource["DependsOn"] = waits
        self.add(stack, why=_first_line(build), condition=condition)
        outputs = replaced(
            cast("Outputs", child.outputs),
            lambda name, wire: type(wire)(GetAtt(stack, f"Outputs.{name}")),
        )
        self._titles[id(outputs)] = (title, outputs)
        return outputs

    def declare(self, inputs: Inputs) -> Inputs:
        """Declare a parameter for each wire of these inputs and return them as references."""
        return replaced(inputs, lambda title, wire: self.parameter(title, type(wire)))

    def parameter(self, title: str, kind: type[Kind], **properties: object) -> Kind:
        """Declare one parameter of a kind and return the wire that refers to it."""
        settings = {
            "Type": kind.cfn_type,
            "Description": kind.description(),
            **kind.constraints,
            **properties,
        }
        parameter = self.template.add_parameter(Parameter(title, **settings))
        return kind(Ref(parameter))

    def ask(self, group: str, title: str, label: str, kind: type[Kind], **properties: object) -> Kind:
        """Declare a parameter of the launch form: in a group, with a label a person understands."""
        self._labels.setdefault(group, {})[title] = label
        return self.parameter(title, kind, **properties)

    def output(
        self, title: str, value: object, description: str | None = None, *, condition: str | None = None
    ) -> None:
        """Declare one output, which may exist under a condition only."""
        text = description or (type(value).description() if isinstance(value, Wire) else title)
        when = {} if condition is None else {"Condition": condition}
        self.template.add_output(Output(title, Value=value, Description=text, **when))

    def finish_form(self) -> None:
        """Write the groups and labels of the launch form into the template's metadata."""
        groups = [
            {"Label": {"default": group}, "Parameters": list(titles)}
            for group, titles in self._labels.items()
        ]
        labels = {
            title: {"default": label} for titles in self._labels.values() for title, label in titles.items()
        }
        self.template.set_metadata(
            {
                "AWS::CloudFormation::Interface": {"ParameterGroups": groups, "ParameterLabels": labels},
                "cfn-lint": {
                    "config": {
                        # Relative addresses of the nested templates are on purpose: `aws cloudformation
                        # package` and our own packaging upload the files and put the addresses in.
                        "ignore_checks": ["W3002"],
                    }
                },
            }
        )


def canonical_json(document: object) -> bytes:
    """Return JSON whose bytes depend on nothing but the document: sorted keys, two spaces."""
    return orjson.dumps(
        document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _first_line(build: Callable[..., object]) -> str:
    return (inspect.getdoc(build) or "").splitlines()[0]


def _file_stem(build: Callable[..., object], config: object) -> str:
    module = build.__module__.rsplit(".", 1)[-1].replace("_", "-")
    return f"{module}-{config.slug}" if isinstance(config, Shape) else module
