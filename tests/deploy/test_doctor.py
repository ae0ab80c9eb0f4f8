"""Each check of `build.py doctor`: where it is content, and where it is not.

The embedded AWS answers wherever it has the operation; the rest is written here.
"""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate import building, doctoring
from private_fargate.deploy.doctor import account, endpoints, images, network, quotas, secrets, stack
from private_fargate.deploy.doctor.examining import CHECKS, examine, identify, result_of, standing_of
from private_fargate.deploy.doctor.model import Case, NeededImage, NeededSecret, Needs, Standing
from private_fargate.deploy.session import AccessError, connect_to
from private_fargate.deploy.stack_state import StackState
from private_fargate.local.oci import push
from private_fargate.local.placeholder import placeholder
from tests.deploy.house import house
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.doctor.model import Check
    from private_fargate.deploy.session import Session
    from private_fargate.live.checkup import Result
    from private_fargate.local.embedded import EmbeddedAws
    from tests.deploy.conftest import Deploy

pytestmark = pytest.mark.emulator

ACCOUNT = "123456789012"
QUOTA = {check.name: check for check in quotas.CHECKS}
KEY_POLICY = '{"Version":"2012-10-17","Statement":[]}'


def case_of(
    session: Session, needs: Needs | None = None, standing: Standing | None = None, caller: str = "arn:role"
) -> Case:
    return Case(
        session=session,
        account=ACCOUNT,
        caller=caller,
        needs=needs or Needs(environment="web"),
        standing=standing or Standing(name="web"),
    )


def looked(check: Check, session: Session, standing: Standing | None = None, **needs: Any) -> Result:
    return result_of(check, case_of(session, Needs(environment="web", **needs), standing))


def words(result: Result) -> str:
    return "\n".join(f"{finding.found} → {finding.remedy}" for finding in result.findings)


# credentials and Region


def test_the_caller_is_shown_and_the_root_user_is_warned(aws: Session) -> None:
    number, caller = identify(aws)
    result = result_of(account.CALLER, case_of(aws, caller=caller))
    assert number == ACCOUNT
    assert (caller.endswith(":root"), result.verdict) == (True, "warning")
    assert result_of(account.CALLER, case_of(aws, caller="arn:aws:sts::1:assumed-role/a/b")).verdict == "ok"


def test_an_aws_that_cannot_be_reached_is_no_finding() -> None:
    nowhere = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
    }
    with pytest.raises(AccessError):
        identify(connect_to(nowhere))


def test_a_region_that_is_enabled_is_well(aws: Session) -> None:
    assert looked(account.REGION, aws).verdict == "ok"


def test_a_region_that_nobody_enabled_is_named_with_the_command() -> None:
    with stubbed("ec2") as (session, stubber):
        answer = {"Regions": [{"RegionName": "us-east-1", "OptInStatus": "not-opted-in"}]}
        stubber.add_response("describe_regions", answer)
        result = looked(account.REGION, session)
    assert result.verdict == "failed"
    assert "enable-region --region-name us-east-1" in words(result)


# the stack


def test_a_stack_that_is_not_there_will_be_made(aws: Session) -> None:
    assert standing_of(aws, "nobodys") == Standing(name="nobodys")
    assert looked(stack.STATE, aws).verdict == "ok"


def test_a_stack_in_which_somebody_works_takes_no_deployment(aws: Session) -> None:
    busy = Standing(name="web", state=StackState(arn="arn", status="UPDATE_IN_PROGRESS"))
    result = looked(stack.STATE, aws, busy)
    assert result.verdict == "failed"
    assert "wait until it has settled" in words(result)


def test_what_stands_is_counted_in_nested_stacks_too(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    standing = standing_of(aws, stack)
    assert len(standing.of_type("AWS::CloudFormation::Stack")) == 2
    assert len(standing.of_type("AWS::Logs::LogGroup")) == 2
    assert standing.state is not None


# endpoints

LOGS, NOWHERE = "com.amazonaws.us-east-1.logs", "com.amazonaws.us-east-1.nowhere"


def test_services_that_are_offered_in_every_zone_are_well(aws: Session) -> None:
    result = looked(endpoints.ZONES, aws, endpoints=(LOGS,))
    assert result.verdict == "ok"
    assert "us-east-1a, us-east-1b, us-east-1c" in words(result)


def test_an_endpoint_service_that_the_region_lacks_is_named_and_only_that(aws: Session) -> None:
    result = looked(endpoints.ZONES, aws, endpoints=(LOGS, NOWHERE))
    assert result.verdict == "failed"
    assert [finding.found.split(":")[0] for finding in result.findings] == [NOWHERE]


def test_a_zone_that_the_account_does_not_have_is_named(aws: Session) -> None:
    result = looked(endpoints.ZONES, aws, zones=("us-east-1a", "us-east-1z"), zone_count=2)
    assert result.verdict == "failed"
    assert "us-east-1z" in words(result)


def test_more_zones_than_there_are_is_a_failure(aws: Session) -> None:
    assert looked(endpoints.ZONES, aws, zone_count=9).verdict == "failed"


def zoned(stubber: Any, *, defaults: tuple[str, ...] = ()) -> None:
    zones = [{"ZoneName": f"us-east-1{letter}"} for letter in "abcd"]
    stubber.add_response("describe_availability_zones", {"AvailabilityZones": zones})
    subnets = [{"AvailabilityZone": zone} for zone in defaults]
    stubber.add_response("describe_subnets", {"Subnets": subnets})


def offering(stubber: Any, *zones: str) -> None:
    details = [{"ServiceName": LOGS, "AvailabilityZones": list(zones)}]
    stubber.add_response("describe_vpc_endpoint_services", {"ServiceDetails": details})


def test_a_service_that_one_zone_lacks_is_told_with_zones_that_have_all() -> None:
    with stubbed("ec2") as (session, stubber):
        zoned(stubber)
        offering(stubber, "us-east-1a", "us-east-1c", "us-east-1d")
        result = looked(endpoints.ZONES, session, endpoints=(LOGS,))
    assert result.verdict == "failed"
    assert "not offered in us-east-1b" in words(result)
    assert "network.zones: us-east-1a, us-east-1c, us-east-1d" in words(result)


def test_zones_that_nobody_named_are_those_with_a_default_subnet() -> None:
    """As Fn::GetAZs gives them: the service that b lacks harms nobody then."""
    with stubbed("ec2") as (session, stubber):
        zoned(stubber, defaults=("us-east-1a", "us-east-1c", "us-east-1d"))
        offering(stubber, "us-east-1a", "us-east-1c", "us-east-1d")
        assert looked(endpoints.ZONES, session, endpoints=(LOGS,)).verdict == "ok"


# quotas


def test_there_is_room_for_a_vpc_until_the_quota_is_reached(aws: Session) -> None:
    ec2, made = aws.client("ec2"), list[str]()
    wanted = {"resources": {"AWS::EC2::VPC": 1}}
    assert looked(QUOTA["VPCs"], aws, **wanted).verdict == "ok"
    try:
        while len(ec2.describe_vpcs()["Vpcs"]) < 5:
            made.append(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])
        result = looked(QUOTA["VPCs"], aws, **wanted)
    finally:
        for vpc in made:
            ec2.delete_vpc(VpcId=vpc)
    assert result.verdict == "failed"
    assert "5 in use and 1 more, of 5" in words(result)
    assert "--service-code vpc --quota-code L-F678F1CE --desired-value 6" in words(result)


def test_what_stands_already_needs_no_more_room(aws: Session) -> None:
    standing = Standing(name="web", resources={"AWS::EC2::VPC": ("vpc-1",)})
    assert looked(QUOTA["VPCs"], aws, standing, resources={"AWS::EC2::VPC": 1}).verdict == "ok"


def test_endpoints_are_counted_without_gateways(aws: Session) -> None:
    wanted = {"resources": {"AWS::EC2::VPCEndpoint": 51}, "interfaces": 50}
    assert looked(QUOTA["interface endpoints of the VPC"], aws, **wanted).verdict == "ok"
    more = {"resources": {"AWS::EC2::VPCEndpoint": 52}, "interfaces": 51}
    assert looked(QUOTA["interface endpoints of the VPC"], aws, **more).verdict == "failed"


def test_the_fullest_zone_decides_about_nat_gateways(aws: Session) -> None:
    ec2 = aws.client("ec2")
    (subnet, *_) = ec2.describe_subnets(
        Filters=[
            {"Name": "default-for-az", "Values": ["true"]},
            {"Name": "availability-zone", "Values": ["us-east-1b"]},
        ]
    )["Subnets"]
    wanted, made = {"resources": {"AWS::EC2::NatGateway": 3}}, list[str]()
    assert looked(QUOTA["NAT gateways of a zone"], aws, **wanted).verdict == "ok"
    try:
        for _ in range(5):
            answer = ec2.create_nat_gateway(SubnetId=subnet["SubnetId"], ConnectivityType="private")
            made.append(answer["NatGateway"]["NatGatewayId"])
        assert looked(QUOTA["NAT gateways of a zone"], aws, **wanted).verdict == "failed"
    finally:
        for gateway in made:
            ec2.delete_nat_gateway(NatGatewayId=gateway)


def test_a_quota_that_nobody_raised_is_awss_default() -> None:
    with granted("cloudformation", 2000, default=True) as session:
        assert counted(QUOTA["stacks"], session, [("list_stacks", {"StackSummaries": []})]) == "ok"


@contextmanager
def granted(_service: str, value: float, *, default: bool = False) -> Iterator[Session]:
    with stubbed("service-quotas") as (session, stubber):
        if default:
            stubber.add_client_error("get_service_quota", "NoSuchResourceException")
        operation = "get_aws_default_service_quota" if default else "get_service_quota"
        stubber.add_response(operation, {"Quota": {"Value": value}})
        yield session


def counted(check: Check, session: Session, answers: list[tuple[str, Any]], **needs: Any) -> str:
    from botocore.stub import Stubber  # noqa: PLC0415 -- a second service beside that of `granted`

    service = check.calls[-1].partition(":")[0]
    with Stubber(session.client(service)) as stubber:  # pyright: ignore[reportArgumentType]
        for operation, answer in answers:
            stubber.add_response(operation, answer)
        return looked(check, session, **needs).verdict


@pytest.mark.parametrize(("quota", "verdict"), [(5, "ok"), (4, "failed")])
def test_elastic_addresses_are_counted(quota: int, verdict: str) -> None:
    two = {"Addresses": [{"PublicIp": "192.0.2.1"}, {"PublicIp": "192.0.2.2"}]}
    with granted("ec2", quota) as session:
        answers = [("describe_addresses", two)]
        needs = {"resources": {"AWS::EC2::EIP": 3}, "addresses": 3}
        assert counted(QUOTA["elastic addresses"], session, answers, **needs) == verdict


@pytest.mark.parametrize(("quota", "verdict"), [(2, "ok"), (1.5, "failed")])
def test_vcpus_are_counted_without_those_of_spot(quota: float, verdict: str) -> None:
    tasks = [{"cpu": "1024"}, {"cpu": "4096", "capacityProviderName": "FARGATE_SPOT"}]
    answers = [
        ("list_clusters", {"clusterArns": ["main"]}),
        ("list_tasks", {"taskArns": ["a", "b"]}),
        ("describe_tasks", {"tasks": tasks}),
    ]
    with granted("fargate", quota) as session:
        assert counted(QUOTA["vCPUs of Fargate"], session, answers, vcpus=1) == verdict


@pytest.mark.parametrize(("quota", "verdict"), [(13, "ok"), (12, "failed")])
def test_stacks_are_counted_with_the_root(quota: int, verdict: str) -> None:
    one = {"StackName": "other", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": "CREATE_COMPLETE"}
    with granted("cloudformation", quota) as session:
        answers = [("list_stacks", {"StackSummaries": [one, one]})]
        needs = {"resources": {"AWS::CloudFormation::Stack": 10}}
        assert counted(QUOTA["stacks"], session, answers, **needs) == verdict


def test_a_quota_that_cannot_be_read_is_unknown(aws: Session) -> None:
    """The embedded AWS does not have those of EC2."""
    result = looked(QUOTA["elastic addresses"], aws, resources={"AWS::EC2::EIP": 3}, addresses=3)
    assert result.verdict == "unknown"


def test_what_stands_and_could_not_be_read_makes_quotas_unknown(aws: Session) -> None:
    assert looked(QUOTA["VPCs"], aws, Standing(name="web", untold="denied")).verdict == "unknown"


# network


def test_a_range_that_is_taken_is_told_but_forbids_nothing(aws: Session) -> None:
    ec2 = aws.client("ec2")
    assert looked(network.RANGE, aws, cidr="10.77.0.0/16").verdict == "ok"
    vpc = ec2.create_vpc(CidrBlock="10.77.8.0/24")["Vpc"]["VpcId"]
    try:
        result = looked(network.RANGE, aws, cidr="10.77.0.0/16")
        own = Standing(name="web", resources={"AWS::EC2::VPC": (vpc,)})
        assert looked(network.RANGE, aws, own, cidr="10.77.0.0/16").verdict == "ok"
    finally:
        ec2.delete_vpc(VpcId=vpc)
    assert (result.verdict, vpc in words(result)) == ("warning", True)


def test_a_namespace_of_somebody_else_is_told(aws: Session) -> None:
    discovery = aws.client("servicediscovery")
    name = f"names-{uuid.uuid4().hex[:8]}"
    assert looked(network.NAMESPACE, aws, namespace=name).verdict == "ok"
    discovery.create_http_namespace(Name=f"inner.{name}")
    assert looked(network.NAMESPACE, aws, namespace=name).verdict == "warning"
    assert looked(network.NAMESPACE, aws, namespace=f"x{name}").verdict == "ok"
    assert looked(network.NAMESPACE, aws, namespace=name.removeprefix("n")).verdict == "ok"


# images


@pytest.fixture(scope="module")
def pushed(aws: Session) -> tuple[str, str]:
    repository = f"doctor/{uuid.uuid4().hex[:8]}"
    aws.client("ecr").create_repository(repositoryName=repository)
    return repository, push(aws, repository, placeholder("amd64"))


def imaged(aws: Session, **image: Any) -> Result:
    needed = NeededImage(service="web", architecture=image.pop("architecture", "amd64"), **image)
    return looked(images.IMAGES, aws, images=(needed,))


def digest_in(aws: Session, repository: str) -> str:
    (found,) = aws.client("ecr").describe_images(repositoryName=repository)["imageDetails"]
    return str(found["imageDigest"])


def test_an_image_for_the_right_architecture_is_well(aws: Session, pushed: tuple[str, str]) -> None:
    repository, _ = pushed
    result = imaged(aws, repository=repository, reference=digest_in(aws, repository))
    assert result.verdict == "ok", words(result)


def test_an_image_for_another_architecture_would_not_run(aws: Session, pushed: tuple[str, str]) -> None:
    repository, _ = pushed
    result = imaged(aws, repository=repository, reference=digest_in(aws, repository), architecture="arm64")
    assert result.verdict == "failed"
    assert "is for amd64, not arm64" in words(result)


def test_an_image_that_is_not_there_is_named(aws: Session, pushed: tuple[str, str]) -> None:
    repository, _ = pushed
    absent = "sha256:" + "0" * 64
    assert imaged(aws, repository=repository, reference=absent).verdict == "failed"
    assert imaged(aws, repository="doctor/none", reference=absent).verdict == "failed"


def test_an_index_says_what_it_is_for() -> None:
    manifest = '{"manifests":[{"digest":"sha256:1","platform":{"os":"linux","architecture":"arm64"}}]}'
    for architecture, verdict in {"arm64": "ok", "amd64": "failed"}.items():
        with stubbed("ecr") as (session, stubber):
            stubber.add_response("batch_get_image", {"images": [{"imageManifest": manifest}]})
            result = imaged(session, repository="web", reference="1.0", architecture=architecture)
        assert result.verdict == verdict


def test_a_service_whose_image_nobody_pushed_will_run_nothing(aws: Session) -> None:
    assert imaged(aws, repository="web/nginx").verdict == "warning"
    assert imaged(aws, repository="web/nginx", origin="example.com/nginx:1").verdict == "ok"


def test_a_public_image_is_looked_at_only_when_asked(aws: Session) -> None:
    assert imaged(aws, origin="127.0.0.1:9/nginx:1").verdict == "unknown"
    needed = NeededImage(service="web", architecture="amd64", origin="127.0.0.1:9/nginx:1")
    result = looked(images.IMAGES, aws, images=(needed,), from_registries=True)
    assert result.verdict == "failed"


def test_a_public_image_is_read_from_its_registry(
    aws: Session, embedded_aws: EmbeddedAws, pushed: tuple[str, str]
) -> None:
    """The embedded AWS is a registry too, and one that asks for no token."""
    host = embedded_aws.url.removeprefix("http://")
    origin = f"{host}/{pushed[0]}@{digest_in(aws, pushed[0])}"
    for architecture, verdict in {"amd64": "ok", "arm64": "failed"}.items():
        needed = NeededImage(service="web", architecture=architecture, origin=origin)
        assert looked(images.IMAGES, aws, images=(needed,), from_registries=True).verdict == verdict


# secrets


def given(aws: Session, store: str, name: str, **more: Any) -> Result:
    needed = NeededSecret(service="web", variable="TOKEN", store=store, name=name, **more)
    return looked(secrets.SECRETS, aws, secrets=(needed,))


def test_a_parameter_has_to_be_there(aws: Session) -> None:
    ssm = aws.client("ssm")
    assert given(aws, "ssm", "/doctor/token").verdict == "failed"
    ssm.put_parameter(Name="/doctor/token", Value="secret", Type="SecureString")
    result = given(aws, "ssm", "/doctor/token")
    assert result.verdict == "ok"
    assert given(aws, "ssm", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/doctor/token").verdict == "ok"


def test_a_secret_has_to_be_there_with_the_version_that_is_read(aws: Session) -> None:
    manager, name = aws.client("secretsmanager"), f"doctor/{uuid.uuid4().hex[:8]}"
    assert given(aws, "secretsmanager", name).verdict == "failed"
    manager.create_secret(Name=name, SecretString="secret")
    assert given(aws, "secretsmanager", name).verdict == "ok"
    assert given(aws, "secretsmanager", name, stage="AWSPREVIOUS").verdict == "failed"
    manager.delete_secret(SecretId=name)
    assert "being deleted" in words(given(aws, "secretsmanager", name))


def test_a_key_of_ones_own_is_told_and_one_that_is_off_is_a_failure(aws: Session) -> None:
    kms, name = aws.client("kms"), f"doctor/{uuid.uuid4().hex[:8]}"
    key = kms.create_key(Policy=KEY_POLICY)["KeyMetadata"]["KeyId"]
    aws.client("secretsmanager").create_secret(Name=name, SecretString="s", KmsKeyId=key)
    result = given(aws, "secretsmanager", name)
    assert (result.verdict, "kms:Decrypt" in words(result)) == ("warning", True)
    kms.disable_key(KeyId=key)
    assert given(aws, "secretsmanager", name).verdict == "failed"


def test_a_secret_of_another_region_cannot_be_read(aws: Session) -> None:
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:web-abcdef"
    result = given(aws, "secretsmanager", arn)
    assert result.verdict == "failed"
    assert "is in eu-west-1, and ECS reads it in us-east-1 only" in words(result)


def test_no_value_of_a_secret_is_ever_asked_for() -> None:
    reading = {"GetSecretValue", "GetParameter", "GetParameters", "Decrypt"}
    assert not reading & {call.partition(":")[2] for check in CHECKS for call in check.calls}


# the account's doings


def test_the_service_linked_role_is_missed_and_found(aws: Session) -> None:
    iam = aws.client("iam")
    result = looked(account.SERVICE_ROLE, aws)
    assert result.verdict == "warning"
    assert "create-service-linked-role" in words(result)
    iam.create_role(RoleName=account.SERVICE_ROLE_NAME, AssumeRolePolicyDocument="{}")
    try:
        assert looked(account.SERVICE_ROLE, aws).verdict == "ok"
    finally:
        iam.delete_role(RoleName=account.SERVICE_ROLE_NAME)


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("containerInsights", "enhanced", "ok"),
        ("fargateTaskRetirementWaitPeriod", "7", "ok"),
        ("fargateTaskRetirementWaitPeriod", "0", "warning"),
        ("serviceLongArnFormat", "disabled", "failed"),
    ],
)
def test_settings_that_go_against_the_templates_are_told(name: str, value: str, verdict: str) -> None:
    with stubbed("ecs") as (session, stubber):
        stubber.add_response("list_account_settings", {"settings": [{"name": name, "value": value}]})
        assert looked(account.SETTINGS, session).verdict == verdict


@pytest.mark.parametrize(("status", "verdict"), [("ENABLED", "warning"), ("DISABLED", "ok")])
def test_guard_duty_in_tasks_is_told(status: str, verdict: str) -> None:
    part = {"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": status}
    feature = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": [part]}
    with stubbed("guardduty") as (session, stubber):
        stubber.add_response("list_detectors", {"DetectorIds": ["d1"]})
        answer = {"ServiceRole": "arn", "Status": "ENABLED", "Features": [feature]}
        stubber.add_response("get_detector", answer, {"DetectorId": "d1"})
        assert looked(account.GUARD_DUTY, session).verdict == verdict


# all of them


def test_what_is_denied_is_unknown_with_the_permission_it_takes() -> None:
    with stubbed("guardduty") as (session, stubber):
        stubber.add_client_error("list_detectors", "AccessDeniedException")
        result = looked(account.GUARD_DUTY, session)
    assert result.verdict == "unknown"
    assert words(result) == "ListDetectors is denied → this takes the permission guardduty:ListDetectors"


def test_what_was_found_before_a_refusal_stays() -> None:
    needed = (
        NeededSecret(service="web", variable="A", store="ssm", name="/a"),
        NeededSecret(service="web", variable="B", store="ssm", name="/b"),
    )
    with stubbed("ssm") as (session, stubber):
        stubber.add_response("describe_parameters", {"Parameters": []})
        stubber.add_client_error("describe_parameters", "AccessDeniedException")
        result = looked(secrets.SECRETS, session, secrets=needed)
    assert [finding.verdict for finding in result.findings] == ["failed", "unknown"]
    assert result.verdict == "failed"


def test_every_check_reports_in_its_order(aws: Session) -> None:
    reported: list[str] = []
    checkup = examine(case_of(aws), reported.append)
    assert [result.name for result in checkup.results] == [check.name for check in CHECKS]
    assert len(reported) == len(CHECKS) == len({check.name for check in CHECKS})
    assert not checkup.has_failed
    assert all(result.findings for result in checkup.results)


def test_the_settings_say_what_is_needed() -> None:
    prod = building.load(building.find("prod"))
    needs = doctoring.needs_of(prod, "us-east-1", {})
    (password, token) = needs.secrets
    assert (password.name, password.key, password.stage) == ("shop/orders", "password", "AWSCURRENT")
    assert (token.store, token.name) == ("ssm", "/shop/orders/api-token")
    assert needs.addresses == needs.resources["AWS::EC2::EIP"] == 3
    assert needs.interfaces == len(needs.endpoints) - 1
    assert needs.vcpus == sum(each.cpu * each.count for each in prod.services.values()) / 1024
