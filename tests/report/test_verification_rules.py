"""The page of rules: written from the rules, and read by Markdown as it was meant."""

from __future__ import annotations

from dataclasses import dataclass

from private_fargate.report.verification.rules import rules_page


@dataclass(frozen=True)
class Rule:
    id: str
    claim: str
    severity: str = "error"
    why: str = ""
    symptom: str = ""
    fix: str = "Add it."
    source: str = ""
    base: str = ""
    fails: str = ""
    passes: str = ""


FULL = Rule(
    "NET-038",
    "The policy allows `s3:GetObject|*` on <layers> and ecr:* and logs:*",
    why="Layers are a third service.",
    symptom="403 <Code>AccessDenied</Code>",
    source="https://docs.aws.amazon.com/x.html",
    base="isolated",
    fails="""
        S3Endpoint:
          Properties:
            PolicyDocument: {}
    """,
    passes="S3Endpoint: !Remove",
)


def test_the_page_is_this() -> None:
    page = rules_page(
        [FULL, Rule("SVC-001", "It starts", severity="info")],
        [("NET-056", "the zone is not served | by us", "AWS tells only the account")],
    )
    _, _, body = page.partition("listed as unproven.\n\n")
    assert page.startswith("# Rules of the verifier\n")
    assert (
        body
        == """\
| id | severity | claim |
|---|---|---|
| [NET-038](#net-038) | error | The policy allows `s3:GetObject\\|*` on \\<layers> and ecr:\\* and logs:\\* |
| [SVC-001](#svc-001) | info | It starts |

## NET-038

**The policy allows `s3:GetObject|*` on \\<layers> and ecr:\\* and logs:\\*** (error)

Layers are a third service.

What AWS says:

```text
403 <Code>AccessDenied</Code>
```

Fix: Add it.

Fails, in the template `isolated`:

```yaml
S3Endpoint:
  Properties:
    PolicyDocument: {}
```

Passes, in the template `isolated`:

```yaml
S3Endpoint: !Remove
```

Source: https://docs.aws.amazon.com/x.html

## SVC-001

**It starts** (info)

Fix: Add it.

## Checks of the deployer

These faults show only in the account, so they are no rules: the templates do not tell.

| id | condition | why it is no rule |
|---|---|---|
| NET-056 | the zone is not served \\| by us | AWS tells only the account |
"""
    )


def test_the_heading_is_the_id_so_that_links_of_code_scanning_reach_it() -> None:
    assert "\n## NET-038\n" in rules_page([FULL])


def test_a_symptom_with_a_fence_stays_in_its_own() -> None:
    assert "````text\n```\nx\n```\n````\n" in rules_page([Rule("A-1", "b", symptom="```\nx\n```")])


def test_a_page_without_checks_of_the_account_has_no_such_section() -> None:
    assert "deployer" not in rules_page([FULL])
