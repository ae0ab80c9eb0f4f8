"""What answers behind VPC endpoints, behind the gateway to S3, and on the internet.

`Doors` serves sockets that listen already, wherever they were made.  A request is told by its host and its
content, judged by the policies of who signed it and of the endpoint, and passed on to the embedded AWS if it
is allowed.
"""

from __future__ import annotations

from private_fargate.fabric.doors.certificates import Certificates
from private_fargate.fabric.doors.opening import Doors, Visit
from private_fargate.fabric.doors.places import Entrance

__all__ = ["Certificates", "Doors", "Entrance", "Visit"]
