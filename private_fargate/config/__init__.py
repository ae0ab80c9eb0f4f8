"""From YAML to frozen, typed settings; every mistake names file, line, setting, value and remedy."""

from __future__ import annotations

from private_fargate.config.errors import ConfigError, Mistake
from private_fargate.config.loading import load, sources
from private_fargate.config.models import Environment
from private_fargate.config.schema import json_schema

__all__ = ["ConfigError", "Environment", "Mistake", "json_schema", "load", "sources"]
