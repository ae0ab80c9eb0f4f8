"""The wiring diagram: which stacks there are, and what each takes from the others.

Nothing waits longer than it must.  The foundation needs no network; NAT gateways, flow logs and the
jump host are waited for by nobody who can do without; and a service starts when its network, its
endpoints, its name and its repository are there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from troposphere import Equals, FindInMap, If, Not, Region

from private_fargate.aws.images import AL2023_PARAMETERS
from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from private_fargate.config.derived import any_calls_out, any_exec, namespace, repository_names
from private_fargate.config.models import Environment, JumpHost, RepositoryImage, Service
from private_fargate.kit import kinds
from private_fargate.kit.digests import text_numbers
from private_fargate.kit.naming import logical_id
from private_fargate.kit.scope import Library, Scope
from private_fargate.kit.spread import group_count, spread
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

SERVICES_IN_PARENT = 80  # two parameters and two outputs for each, of the 200 that there may be
HTTP = 80


@dataclass(frozen=True, kw_only=True)
class System:
    """The stacks that every service takes something from."""

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
    build(scope, environment)
    scope.finish_form()
    library.add("parent.json", scope)
    return library.templates


def build(scope: Scope, environment: Environment) -> None:
    """Private Fargate: a network, doors to the AWS APIs it needs, and services found by name."""
    base = scope.nest("Foundation", foundation.build, foundation.Config.of(environment), foundation.Inputs())
    net = scope.nest("Network", network.build, network.Config.of(environment), network.Inputs.of(environment))
    names = scope.nest(
        "Discovery",
        discovery.build,
        discovery.Config.of(environment),
        discovery.Inputs(vpc_id=net.vpc_id),
    )
    doors = scope.nest(
        "Endpoints",
        endpoints.build,
        endpoints.Config.of(environment),
        endpoints.Inputs(
            vpc_id=net.vpc_id,
            private_subnet_ids=net.private_subnet_ids,
            private_route_table_ids=net.private_route_table_ids,
            s3_prefix_list_id=_s3_prefix_list(scope),
        ),
    )
    system = System(
        network=net,
        foundation=base,
        discovery=names,
        endpoints=doors,
        egress=_nest_egress(scope, environment, net),
        repositories=_nest_repositories(scope, environment, base),
    )
    _nest_flow_logs(scope, environment, system)
    _nest_services(scope, environment, system)
    host = _nest_jump_host(scope, environment, system)
    _describe(scope, environment, system, host)


def _s3_prefix_list(scope: Scope) -> kinds.S3PrefixListId:
    given = scope.ask("Network", "S3PrefixListId", "Prefix list of S3", kinds.S3PrefixListId, Default="")
    known = {region: {"Id": prefix_list} for region, prefix_list in S3_PREFIX_LISTS.items()}
    scope.template.add_mapping("S3PrefixLists", known)
    scope.template.add_condition("S3PrefixListIsGiven", Not(Equals(given, "")))
    found = If("S3PrefixListIsGiven", given, FindInMap("S3PrefixLists", Region, "Id"))
    return kinds.S3PrefixListId.given(found)


def _nest_egress(scope: Scope, environment: Environment, net: network.Outputs) -> egress.Outputs | None:
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
        ),
    )


def _nest_flow_logs(scope: Scope, environment: Environment, system: System) -> None:
    config = flow_logs.Config.of(environment)
    if config is not None:
        inputs = flow_logs.Inputs(vpc_id=system.network.vpc_id, key_arn=system.foundation.key_arn)
        scope.nest("FlowLogs", flow_logs.build, config, inputs)


def _nest_repositories(
    scope: Scope, environment: Environment, base: foundation.Outputs
) -> repositories.Outputs:
    inputs = repositories.Inputs(key_arn=base.key_arn)

    def config(group: int, names: tuple[str, ...]) -> repositories.Config:
        shape = repository.Config.of(environment)
        return repositories.Config(group=group, prefix=environment.name, names=names, repository=shape)

    names = repository_names(environment)
    if len(environment.services) <= SERVICES_IN_PARENT:
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
    if len(environment.services) <= SERVICES_IN_PARENT:
        config = services.Config(group=0, names=tuple(environment.services), environment=environment)
        services.build(scope, config, _direct_inputs(scope, environment, system), egress=system.egress)
        return
    for number, names in spread(environment.services, group_count(len(environment.services))).items():
        config = services.Config(group=number, names=names, environment=environment)
        title = f"Services{number}"
        inputs = replace(
            _group_inputs(environment, names, system), image_digests=_ask_digests(scope, title, names)
        )
        waits = [system.egress] if system.egress and any_calls_out(environment, names) else []
        scope.nest(title, services.build, config, inputs, after=waits)


def _ask_digests(scope: Scope, title: str, names: tuple[str, ...]) -> dict[str, kinds.ImageDigests]:
    """Declare the texts that hold the digests of a group: one parameter each would be too many."""
    return {
        number: scope.ask(
            "Images", f"{title}ImageDigests{number}", f"{title}, {number}", kinds.ImageDigests, Default=""
        )
        for number in text_numbers(len(names))
    }


def _direct_inputs(scope: Scope, environment: Environment, system: System) -> services.Inputs:
    """Return the inputs of services that stand in the parent and have their own parameters."""
    form = {name: _ask(scope, name, settings) for name, settings in environment.services.items()}
    return replace(
        _group_inputs(environment, tuple(environment.services), system),
        image_digest={name: digest for name, (_, digest) in form.items() if digest is not None},
        task_count={name: count for name, (count, _) in form.items()},
    )


def _ask(scope: Scope, name: str, settings: Service) -> tuple[kinds.TaskCount, kinds.ImageDigest | None]:
    group, title = f"Service {name}", logical_id(name)
    count = scope.ask(group, f"{title}Count", "Number of tasks", kinds.TaskCount, Default=settings.count)
    if not isinstance(settings.image, RepositoryImage):
        return count, None
    label, known = "Digest of the image (empty: no tasks)", settings.image.digest or ""
    return count, scope.ask(group, f"{title}ImageDigest", label, kinds.ImageDigest, Default=known)


def _group_inputs(environment: Environment, names: tuple[str, ...], system: System) -> services.Inputs:
    net, base = system.network, system.foundation
    used = set(repository_names(environment, names))
    uris, arns = system.repositories.repository_uri, system.repositories.repository_arn
    return services.Inputs(
        vpc_id=net.vpc_id,
        vpc_cidr=kinds.VpcCidr.given(environment.network.cidr),
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


def _nest_jump_host(scope: Scope, environment: Environment, system: System) -> jump_host.Outputs | None:
    settings = environment.jump_host
    if not isinstance(settings, JumpHost):
        return None
    config = jump_host.Config.of(environment, settings)
    profile = scope.nest(
        "JumpHostProfile", jump_host_profile.build, jump_host_profile.Config(), jump_host_profile.Inputs()
    )
    net, public = system.network, settings.placement == "public"
    newest = AL2023_PARAMETERS[config.architecture]
    image = scope.ask(
        "Jump host", "JumpHostImageId", "Amazon Linux 2023", kinds.InstanceImageParameter, Default=newest
    )
    return scope.nest(
        "JumpHost",
        jump_host.build,
        config,
        jump_host.Inputs(
            vpc_id=net.vpc_id,
            vpc_cidr=kinds.VpcCidr.given(environment.network.cidr),
            private_subnet_ids=None if public else net.private_subnet_ids,
            public_subnet_ids=net.public_subnet_ids if public else None,
            client_security_group_id=system.endpoints.client_security_group_id,
            instance_image_id=kinds.InstanceImageId.given(image.data),
            instance_profile_name=profile.instance_profile_name,
        ),
    )


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
        scope.output("JumpHostId", host.instance_id, "aws ssm start-session --target takes it")
    _describe_services(scope, environment, system)


def _describe_services(scope: Scope, environment: Environment, system: System) -> None:
    domain = namespace(environment)
    if len(environment.services) > SERVICES_IN_PARENT:
        scope.output("TestUrl", f"curl http://NAME.{domain}:PORT", "Try a service from the jump host")
        return
    for name, uri in system.repositories.repository_uri.items():
        scope.output(f"{logical_id(name)}RepositoryUri", uri)
    for name, settings in environment.services.items():
        port = "" if settings.port == HTTP else f":{settings.port}"
        url = f"curl http://{name}.{domain}{port}"
        scope.output(f"{logical_id(name)}TestUrl", url, f"Try {name} from the jump host")
