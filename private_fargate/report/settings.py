"""Every setting as a page of Markdown, written from the models, so that it cannot be out of date."""

from __future__ import annotations

from typing import Any

from private_fargate.config.schema import json_schema

_HEAD = """# Settings

One YAML file describes one environment. This page is written from the models, by
`python -m private_fargate.report.settings`; the same as JSON Schema is `build.py schema`. A file may say
`extends: base.yaml`: mappings are merged, everything else replaces what was there, and null removes an entry.
"""
_ORDER = (
    "Network",
    "FlowLogs",
    "Discovery",
    "Cluster",
    "Service",
    "RepositoryImage",
    "SecretsManagerSecret",
    "HealthCheck",
    "Logging",
    "JumpHost",
    "Deployment",
    "RollbackAlarms",
    "Catalog",
    "Support",
    "Shares",
    "Rollout",
    "Addresses",
    "Override",
)


def settings_page() -> str:
    """Return the page: a table for each group of settings, the environment itself first."""
    schema = json_schema()
    groups = {"Environment": schema, **{name: schema["$defs"][name] for name in _ORDER}}
    return "\n".join([_HEAD, *(_section(name, group, schema["$defs"]) for name, group in groups.items())])


def _section(name: str, group: dict[str, Any], definitions: dict[str, Any]) -> str:
    rows = [
        f"| `{key}` | {_default(setting)} | {_text(setting, definitions)} |"
        for key, setting in group["properties"].items()
    ]
    head = [
        f"## {name}",
        "",
        group.get("description", ""),
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _default(setting: dict[str, Any]) -> str:
    default = setting.get("default", "")
    if default in ("", None) or isinstance(default, dict):
        return "see below" if isinstance(default, dict) and default else ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _text(setting: dict[str, Any], definitions: dict[str, Any]) -> str:
    named = definitions.get(str(setting.get("$ref", "")).rsplit("/", maxsplit=1)[-1], {})
    choices = [f"`{choice}`" for choice in setting.get("enum", ())]
    suffix = f" One of {', '.join(choices)}." if choices else ""
    return f"{setting.get('description') or named.get('description', '')}{suffix}".replace(
        "|", "\\|"
    ).replace("\n", " ")


if __name__ == "__main__":
    print(settings_page(), end="")  # noqa: T201  # a page on standard output is what it is run for
