"""JUnit's XML: a build server counts what is proven as passed, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from private_fargate.report.verification.junit import junit
from private_fargate.verify.findings import Finding, Proof, Report, Step, Unproven

FAULT = Finding(
    path="network.json",
    line=12,
    rule="NET-005",
    severity="error",
    resource="S3Endpoint",
    message='It serves "no" <route> table.',
    symptom="CannotPullContainerError",
    fix="Add it.",
    breaks=("nginx -> s3",),
)
WARNING = replace(FAULT, rule="SVC-023", severity="warning", symptom="", fix="", breaks=())
ROLE = Proof(
    task="nginx", zone="", need="assume the role", steps=(Step("ECS may assume it", holds=True, by="Role"),)
)


def route(zone: str, *, holds: bool | None) -> Proof:
    why = "" if holds else "S3Endpoint names it not"
    steps = (Step("a route leads to S3", holds, f"{zone}RouteTable", why),)
    return Proof(task="nginx", zone=zone, need="s3:443", steps=steps)


def cases(report: Report) -> dict[str, ET.Element | None]:
    """Return by name what became of each case: None if it passed."""
    root = ET.fromstring(junit([report]))  # noqa: S314 -- our own text
    return {case.attrib["name"]: next(iter(case), None) for case in root.iter("testcase")}


def test_the_document_is_this() -> None:
    report = Report(
        template="parent.json",
        findings=(FAULT, WARNING),
        suppressed=(replace(WARNING, rule="CFN-002", severity="info", suppressed="by the auditors"),),
        unproven=(Unproven("nginx", "image", "Image has no value"), Unproven("", "flow logs", "is imported")),
        proofs=(ROLE, route("Subnet1", holds=True), route("Subnet2", holds=False)),
        seconds=0.25,
    )
    assert (
        junit([report, Report(template="empty.yaml", findings=())])
        == """\
<?xml version="1.0" encoding="utf-8"?>
<testsuites name="verify" tests="7" failures="2" errors="0" skipped="3" time="0.250">
  <testsuite name="parent.json" tests="7" failures="2" errors="0" skipped="3" time="0.250">
    <testcase classname="nginx" name="assume the role" />
    <testcase classname="nginx" name="s3:443">
      <failure message="Subnet2: a route leads to S3: Subnet2RouteTable: S3Endpoint names it not" \
type="need">Subnet2: a route leads to S3: Subnet2RouteTable: S3Endpoint names it not</failure>
    </testcase>
    <testcase classname="nginx" name="image">
      <skipped message="Image has no value" />
    </testcase>
    <testcase classname="parent.json" name="flow logs">
      <skipped message="is imported" />
    </testcase>
    <testcase classname="rules" name="CFN-002">
      <skipped message="network.json:12: S3Endpoint: It serves &quot;no&quot; &lt;route&gt; table.: \
suppressed: by the auditors" />
    </testcase>
    <testcase classname="rules" name="NET-005">
      <failure message="network.json:12: S3Endpoint: It serves &quot;no&quot; &lt;route&gt; table." \
type="error">error: network.json:12: S3Endpoint: It serves "no" &lt;route&gt; table.
breaks: nginx -&gt; s3
AWS says: CannotPullContainerError
fix: Add it.</failure>
    </testcase>
    <testcase classname="rules" name="SVC-023">
      <system-out>warning: network.json:12: S3Endpoint: It serves "no" &lt;route&gt; table.</system-out>
    </testcase>
  </testsuite>
  <testsuite name="empty.yaml" tests="0" failures="0" errors="0" skipped="0" time="0.000" />
</testsuites>
"""
    )


def test_what_is_unproven_in_one_zone_is_skipped_with_the_reason() -> None:
    proofs = (route("Subnet1", holds=True), route("Subnet2", holds=None))
    (outcome,) = cases(Report(template="x", findings=(), proofs=proofs)).values()
    assert outcome is not None
    assert outcome.tag == "skipped"
    assert outcome.attrib["message"] == (
        "Subnet2: a route leads to S3: Subnet2RouteTable: S3Endpoint names it not"
    )


def test_what_somebody_suppressed_fails_no_build() -> None:
    waived = replace(FAULT, suppressed="an image of scratch")
    report = Report(template="x", findings=(), suppressed=(waived,), proofs=(route("Subnet1", holds=False),))
    outcomes = cases(report)
    assert {name: outcome is not None and outcome.tag for name, outcome in outcomes.items()} == {
        "s3:443": "skipped",
        "NET-005": "skipped",
    }


def test_warnings_fail_no_build_and_stay_in_sight_beside_what_is_suppressed() -> None:
    report = Report(template="x", findings=(WARNING,), suppressed=(replace(WARNING, suppressed="why not"),))
    (outcome,) = cases(report).values()
    assert outcome is not None
    assert outcome.tag == "system-out"
    assert "suppressed: why not" in (outcome.text or "")


def test_no_text_of_a_template_breaks_the_document() -> None:
    odd = replace(FAULT, message="a\x00b\x1b]]>\ufffe", fix="two\nlines", symptom="\U000f0001")
    (outcome,) = cases(Report(template="a&b", findings=(odd,))).values()
    assert outcome is not None
    assert outcome.text == (
        "error: network.json:12: S3Endpoint: a\ufffdb\ufffd]]>\ufffd\n"
        "breaks: nginx -> s3\nAWS says: \U000f0001\nfix: two\nlines"
    )
