"""The resolver of the VPC: what it knows, and the server that says so.

`zones_of` is pure: it needs a `Network` and nothing else.  `Resolver` answers from it over UDP and TCP.
"""

from private_fargate.fabric.names.resolver import Question, Resolver
from private_fargate.fabric.names.zones import Answer, Zones, zones_of

__all__ = ["Answer", "Question", "Resolver", "Zones", "zones_of"]
