"""Where a service listens: the host and port of an address, or those that were named.

Place.of("http://127.0.0.1:8787", None).require_free()
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from cli.errors import RefusedError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to listen."""

    host: str
    port: int

    @classmethod
    def of(cls, origin: str, bind: str | None) -> Place:
        """Return the place of an origin, or the one that was named. Raises UsageError ``bad_bind``."""
        if bind is not None:
            host, _, port = bind.rpartition(":")
            if not host or not port.isdecimal():
                raise UsageError("bad_bind", "--bind 写成 主机:端口，如 127.0.0.1:8787", "--bind is HOST:PORT")
            return cls(host=host.strip("[]"), port=int(port))
        parts = urlsplit(origin)
        return cls(host=parts.hostname or "127.0.0.1", port=parts.port or (443 if parts.scheme == "https" else 80))

    def require_free(self) -> None:
        """Raise RefusedError ``port_taken`` unless the port can be listened on now."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                raise RefusedError(
                    "port_taken",
                    f"{self.host}:{self.port} 不能使用：已被别的程序占用，或不允许监听",
                    f"{self.host}:{self.port} is taken by another program ({error.strerror})",
                    port=self.port,
                ) from error
