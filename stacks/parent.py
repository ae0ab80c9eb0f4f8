"""The wiring diagram: which stacks there are, and what each takes from the others.

Nothing waits longer than it must.  The foundation needs no network; NAT gateways, flow logs and the
jump host are waited for by nobody who can do without; and a service starts when its network, its
endpoints, its name and its repository are there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from troposphere import Equals, FindInMap, If, Not, Region

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.config.derived import any_calls_out, any_exec, namespace, repository_names
from private_fargate.config.models import Environment, JumpHost
from private_fargate.kit import kinds
from private_fargate.kit.form import Form
from private_fargate.kit.naming import logical_id
from private_fargate.kit.scope import Library, Scope
from private_fargate.kit.spread import group_count, spread
from private_fargate.kit.texts import worded
from stacks import (
    discovery,
    egress,
    endpoints,
    flow_logs,
    foundation,
    jump_host,
    jump_host_profile,
    network,
    repositories,
    repository,
    services,
)

HTTP = 80
HAS_JUMP_HOST = "HasJumpHost"


@dataclass(frozen=True, kw_only=True)
class System:
    """The stacks that every service takes something from, and what the person launching is asked."""

    form: Form
    network: network.Outputs
    foundation: foundation.Outputs
    discovery: discovery.Outputs
    endpoints: endpoints.Outputs
    egress: egress.Outputs | None
    repositories: repositories.Outputs


def render(environment: Environment) -> dict[str, bytes]:
    """Return the templates of an environment by file name; `parent.json` nests the others."""
    library = Library(tags={"Environment": environment.name, **environment.tags})
    scope = Scope(f"{environment.name}: Fargate services in private subnets", library)
    build(scope, environment, ask(scope, environment))
    scope.finish_form()
    library.add("parent.json", scope)
    return library.templates


def ask(scope: Scope, environment: Environment) -> Form:
    """Ask for what the settings leave open: numbers of tasks, images, and what only a Region knows."""
    return Form(
        s3_prefix_list_id=ask_prefix_list(scope),
        services=services.ask(scope, environment),
        image_digests=services.ask_digests(scope, environment),
        jump_host_image=jump_host.ask_image(scope, environment),
    )


def build(scope: Scope, environment: Environment, form: Form) -> None:
    """Private Fargate: a network, doors to the AWS APIs it needs, and services found by name."""
    base = scope.nest("Foundation", foundation.build, foundation.Config.of(environment), foundation.Inputs())
    net = scope.nest(
        "Network", network.build, network.Config.of(environment), network.Inputs.of(environment, form)
    )
    names = scope.nest(
        "Discovery",
        discovery.build,
        discovery.Config.of(environment),
        discovery.Inputs(vpc_id=net.vpc_id, name=None if environment.discovery.namespace else form.name),
    )
    opened = endpoints.Config.of(environment)
    doors = scope.nest(
        "Endpoints",
        endpoints.build,
        opened,
        endpoints.Inputs(
            vpc_id=net.vpc_id,
            private_subnet_ids=net.private_subnet_ids,
            private_route_table_ids=net.private_route_table_ids,
            s3_prefix_list_id=_s3_prefix_list(scope, form),
            name=form.name,
            with_jump_host=form.with_jump_host if opened.follows_jump_host else None,
        ),
    )
    system = System(
        form=form,
        network=net,
        foundation=base,
        discovery=names,
        endpoints=doors,
        egress=_nest_egress(scope, environment, form, net),
        repositories=_nest_repositories(scope, environment, form, base),
    )
    _nest_flow_logs(scope, environment, system)
    _nest_services(scope, environment, system)
    host = _nest_jump_host(scope, environment, system)
    _describe(scope, environment, system, host)


def ask_prefix_list(scope: Scope) -> kinds.S3PrefixListId:
    """Ask for the prefix list of S3, which is the Region's."""
    return scope.ask("Network", "S3PrefixListId", "Prefix list of S3", kinds.S3PrefixListId, Default="")


def _s3_prefix_list(scope: Scope, form: Form) -> kinds.S3PrefixListId:
    given = form.s3_prefix_list_id
    known = {region: {"Id": prefix_list} for region, prefix_list in S3_PREFIX_LISTS.items()}
    scope.template.add_mapping("S3PrefixLists", known)
    scope.template.add_condition("S3PrefixListIsGiven", Not(Equals(given, "")))
    found = If("S3PrefixListIsGiven", given, FindInMap("S3PrefixLists", Region, "Id"))
    return kinds.S3PrefixListId.given(found)


def _nest_egress(
    scope: Scope, environment: Environment, form: Form, net: network.Outputs
) -> egress.Outputs | None:
    config = egress.Config.of(environment)
    if config is None:
        return None
    regional = config.mode == "nat-regional"
    return scope.nest(
        "Egress",
        egress.build,
        config,
        egress.Inputs(
            vpc_id=net.vpc_id if regional else None,
            public_subnet_ids=None if regional else net.public_subnet_ids,
            private_route_table_ids=net.private_route_table_ids,
            name=form.name,
            zone_count=form.zone_count,
        ),
    )


def _nest_flow_logs(scope: Scope, environment: Environment, system: System) -> None:
    config = flow_logs.Config.of(environment)
    if config is not None:
        inputs = flow_logs.Inputs(vpc_id=system.network.vpc_id, key_arn=system.foundation.key_arn)
        scope.nest("FlowLogs", flow_logs.build, config, inputs)


def _nest_repositories(
    scope: Scope, environment: Environment, form: Form, base: foundation.Outputs
) -> repositories.Outputs:
    inputs = repositories.Inputs(key_arn=base.key_arn, name=form.name)

    def config(group: int, names: tuple[str, ...]) -> repositories.Config:
        shape = repository.Config.of(environment)
        return repositories.Config(group=group, prefix=environment.name, names=names, repository=shape)

    names = repository_names(environment)
    if len(environment.services) <= services.IN_PARENT:
        return repositories.build(scope, config(0, names), inputs)
    groups = [
        scope.nest(f"Repositories{number}", repositories.build, config(number, members), inputs)
        for number, members in spread(names, group_count(len(environment.services))).items()
    ]
    return repositories.Outputs(
        repository_uri=dict(entry for group in groups for entry in group.repository_uri.items()),
        repository_arn=dict(entry for group in groups for entry in group.repository_arn.items()),
    )


def _nest_services(scope: Scope, environment: Environment, system: System) -> None:
    if len(environment.services) <= services.IN_PARENT:
        config = services.Config(group=0, names=tuple(environment.services), environment=environment)
        services.build(scope, config, _direct_inputs(environment, system), egress=system.egress)
        return
    for number, names in spread(environment.services, group_count(len(environment.services))).items():
        config = services.Config(group=number, names=names, environment=environment)
        title = f"Services{number}"
        inputs = replace(
            _group_inputs(environment, names, system), image_digests=system.form.image_digests[number]
        )
        waits = [system.egress] if system.egress and any_calls_out(environment, names) else []
        scope.nest(title, services.build, config, inputs, after=waits)


def _direct_inputs(environment: Environment, system: System) -> services.Inputs:
    """Return the inputs of services that stand in the parent and have their own parameters."""
    asked = system.form.services
    return replace(
        _group_inputs(environment, tuple(environment.services), system),
        image_digest={name: form.image_digest for name, form in asked.items() if form.image_digest},
        task_count={name: form.task_count for name, form in asked.items()},
        task_cpu={name: form.task_cpu for name, form in asked.items() if form.task_cpu},
        task_memory={name: form.task_memory for name, form in asked.items() if form.task_memory},
        log_retention={name: form.log_retention for name, form in asked.items() if form.log_retention},
    )


def _group_inputs(environment: Environment, names: tuple[str, ...], system: System) -> services.Inputs:
    net, base = system.network, system.foundation
    used = set(repository_names(environment, names))
    uris, arns = system.repositories.repository_uri, system.repositories.repository_arn
    return services.Inputs(
        vpc_id=net.vpc_id,
        vpc_cidr=_vpc_cidr(environment, system.form),
        private_subnet_ids=net.private_subnet_ids,
        client_security_group_id=system.endpoints.client_security_group_id,
        namespace_id=system.discovery.namespace_id,
        cluster_name=base.cluster_name,
        key_arn=base.key_arn,
        exec_log_group_arn=base.exec_log_group_arn if any_exec(environment, names) else None,
        repository_uri={name: uri for name, uri in uris.items() if name in used},
        repository_arn={name: arn for name, arn in arns.items() if name in used},
        image_digest={},
        image_digests={},
        task_count={},
    )


def _vpc_cidr(environment: Environment, form: Form) -> kinds.VpcCidr:
    return form.vpc_cidr or kinds.VpcCidr.given(environment.network.cidr)


def _nest_jump_host(scope: Scope, environment: Environment, system: System) -> jump_host.Outputs | None:
    settings = environment.jump_host
    image = system.form.jump_host_image
    if not isinstance(settings, JumpHost) or image is None:
        return None
    condition = _jump_host_condition(scope, system.form)
    profile = scope.nest(
        "JumpHostProfile",
        jump_host_profile.build,
        jump_host_profile.Config(),
        jump_host_profile.Inputs(),
        condition=condition,
    )
    net, public = system.network, settings.placement == "public"
    return scope.nest(
        "JumpHost",
        jump_host.build,
        jump_host.Config.of(environment, settings),
        jump_host.Inputs(
            vpc_id=net.vpc_id,
            vpc_cidr=_vpc_cidr(environment, system.form),
            private_subnet_ids=None if public else net.private_subnet_ids,
            public_subnet_ids=net.public_subnet_ids if public else None,
            client_security_group_id=system.endpoints.client_security_group_id,
            instance_image_id=kinds.InstanceImageId.given(image.data),
            instance_profile_name=profile.instance_profile_name,
            name=system.form.name,
        ),
        condition=condition,
    )


def _jump_host_condition(scope: Scope, form: Form) -> str | None:
    if form.with_jump_host is None:
        return None
    scope.template.add_condition(HAS_JUMP_HOST, Equals(form.with_jump_host, "yes"))
    return HAS_JUMP_HOST


def _describe(scope: Scope, environment: Environment, system: System, host: jump_host.Outputs | None) -> None:
    """Say what operators need: where things are, and how to try them."""
    net = system.network
    scope.output("VpcId", net.vpc_id)
    scope.output("PrivateSubnetIds", net.private_subnet_ids)
    if net.public_subnet_ids is not None:
        scope.output("PublicSubnetIds", net.public_subnet_ids)
    if system.egress is not None and system.egress.nat_addresses is not None:
        scope.output("NatAddresses", system.egress.nat_addresses)
    scope.output("ClusterName", system.foundation.cluster_name)
    scope.output("NamespaceId", system.discovery.namespace_id)
    if host is not None:
        condition = None if system.form.with_jump_host is None else HAS_JUMP_HOST
        how = "aws ssm start-session --target takes it"
        scope.output("JumpHostId", host.instance_id, how, condition=condition)
    _describe_services(scope, environment, system)


def _describe_services(scope: Scope, environment: Environment, system: System) -> None:
    chosen = None if environment.discovery.namespace else system.form.name
    domain = chosen or namespace(environment)
    if len(environment.services) > services.IN_PARENT:
        url = worded("curl http://NAME.${Domain}:PORT", Domain=domain)
        scope.output("TestUrl", url, "Try a service from the jump host")
        return
    for name, uri in system.repositories.repository_uri.items():
        scope.output(f"{logical_id(name)}RepositoryUri", uri)
    for name, settings in environment.services.items():
        port = "" if settings.port == HTTP else f":{settings.port}"
        url = worded(f"curl http://{name}.${{Domain}}{port}", Domain=domain)
        scope.output(f"{logical_id(name)}TestUrl", url, f"Try {name} from the jump host")
