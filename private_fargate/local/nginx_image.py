"""The image that runs in a demonstration: nginx of this machine, made without a container tool.

Two layers, as most images have several: the program with its shared libraries and its page, and the settings.
It needs nothing that a strict task lacks: its root may be read-only, and one user is enough.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.fabric import tools
from private_fargate.local.oci import Entry, Image, folder, image, layer, link

if TYPE_CHECKING:
    from collections.abc import Iterable

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}  # of a machine -> of OCI
_PAGE: Final = "usr/share/nginx/html/index.html"
_PROGRAM: Final = "/usr/sbin/nginx"
_WRITABLE: Final = ("run", "var/cache/nginx")  # as the image of nginx's makers has it; and /tmp
_PATIENCE: Final = 20  # seconds

_LIBRARY: Final = re.compile(r"^\s*(?:\S+ => )?(/\S+) \(0x", re.MULTILINE)
_USERS: Final = b"root:x:0:0:root:/root:/sbin/nologin\nnginx:x:101:101:nginx:/nonexistent:/sbin/nologin\n"
_GROUPS: Final = b"root:x:0:\nnginx:x:101:\n"

# One process, which stays root and in the foreground: only one user is there where no administrator built
# the network, and a worker could not become another one.  Temporary files lie where `_WRITABLE` says.
_SETTINGS: Final = """\
daemon off;
master_process off;
user root;
pid /run/nginx.pid;
error_log stderr notice;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; image/png png; }}
    default_type application/octet-stream;
    access_log /dev/stdout;
    client_body_temp_path /var/cache/nginx/client_temp;
    proxy_temp_path /var/cache/nginx/proxy_temp;
    fastcgi_temp_path /var/cache/nginx/fastcgi_temp;
    uwsgi_temp_path /var/cache/nginx/uwsgi_temp;
    scgi_temp_path /var/cache/nginx/scgi_temp;
    server {{
        listen {port} default_server;
        root /usr/share/nginx/html;
        location = /health {{
            access_log off;
            default_type text/plain;
            return 200 "healthy\\n";
        }}
    }}
}}
"""


def why_not(architecture: str) -> str | None:
    """Return why no image of nginx for an architecture can be made here, None if it can."""
    if sys.platform != "linux":
        return f"nginx of {sys.platform} does not run in a container of Linux"
    own = _ARCHITECTURES.get(platform.machine(), platform.machine())
    if architecture != own:
        return f"a task for {architecture} cannot run on this machine, which is {own}"
    if tools.find("nginx") is None:
        return tools.explain(["nginx"])
    if _page() is None:
        return f"nginx is here without its page, /{_PAGE}"
    return None


def nginx_image(architecture: str, port: int) -> Image:
    """Return an image of nginx that listens on a port; for the same nginx always the same bytes.

    Args:
        architecture: in OCI's words, which `why_not` does not object to.
        port: 1 to 65535.
    """
    page = _page()
    program = tools.find("nginx")
    if page is None or program is None:
        raise tools.ToolMissingError(tools.explain(["nginx"]))
    files = [
        Entry(path=_PROGRAM, content=program.read_bytes(), mode=0o755),
        *(
            Entry(path=path, content=Path(library).read_bytes(), mode=0o755)
            for path, library in _libraries().items()
        ),
        Entry(path=_PAGE, content=page.read_bytes()),
        Entry(path="etc/passwd", content=_USERS),
        Entry(path="etc/group", content=_GROUPS),
        link("var/log/nginx/access.log", "/dev/stdout"),
        link("var/log/nginx/error.log", "/dev/stderr"),
        folder("tmp", 0o1777),
        *map(folder, _WRITABLE),
    ]
    settings = [Entry(path="etc/nginx/nginx.conf", content=_SETTINGS.format(port=port).encode())]
    return image(
        name="nginx",
        title=f"nginx of this machine, on port {port}",
        architecture=architecture,
        layers=[layer(files), layer(settings)],
        config={
            "Cmd": [_PROGRAM, "-c", "/etc/nginx/nginx.conf"],
            "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            "ExposedPorts": {f"{port}/tcp": {}},
            "StopSignal": "SIGQUIT",
            "WorkingDir": "/",
        },
    )


def _page() -> Path | None:
    places = (tools.PARTS / "root", Path("/"))
    return next((place / _PAGE for place in places if (place / _PAGE).is_file()), None)


def _libraries() -> dict[str, str]:
    """Return the shared libraries of nginx and what loads them: where they belong, and where they lie.

    The loader lists them itself where it is asked to, which is all that `ldd` does; source: ld.so(8).
    """
    *surroundings, program = tools.tool("nginx")
    command = [*(surroundings or ["env"]), "LD_TRACE_LOADED_OBJECTS=1", program]
    listed = subprocess.run(  # noqa: S603 -- a program that was found
        command, capture_output=True, text=True, timeout=_PATIENCE, check=True
    ).stdout
    found = {_belongs(path): path for path in _LIBRARY.findall(listed)}
    return found | {_belongs(path): path for path in _looked_up_later(found.values())}


def _looked_up_later(libraries: Iterable[str]) -> list[str]:
    """Return what an older libc loads to read /etc/passwd, if it is there: nobody is linked to it."""
    beside = {Path(path).parent for path in libraries if Path(path).name == "libc.so.6"}
    return [str(path) for each in beside if (path := each / "libnss_files.so.2").is_file()]


def _belongs(path: str) -> str:
    """Return the place in the image of a file of the system or of the parts."""
    return path.removeprefix(os.fspath(tools.PARTS / "root"))
