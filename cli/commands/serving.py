"""``titlecert serve``: the page, the API and the publication on one port, with the worker; or the verifier alone.

Rules: the verifier alone knows a publication and nothing else, and runs without the issuer's side installed. The
address of a home was fixed when it was made; behind a proxy, ``--bind`` says where to listen.

    titlecert serve --home ./office
    titlecert serve verifier --publication ./publication
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from cli.errors import RefusedError, UsageError
from cli.exits import EPILOG
from cli.opening import OpenOffice, open_home, open_office
from cli.options import Home, Json, Language, ServicePassphraseFile
from cli.tool import Tool, begin

if TYPE_CHECKING:
    from issuer.home.paths import Home as OpenHome

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

DEFAULT_ORIGIN = "http://127.0.0.1:8787"
Bind = Annotated[
    str | None,
    typer.Option("--bind", metavar="HOST:PORT", help="在哪里监听，默认按网址。Where to listen; by default the origin."),
]


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
                    f"{self.host}:{self.port} 已被别的程序占用（{error.strerror}）",
                    f"{self.host}:{self.port} is taken by another program ({error.strerror})",
                    port=self.port,
                ) from error


@app.callback(epilog=EPILOG)
def serve(
    context: typer.Context,
    bind: Bind = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """运行一个部署的全部服务：查验页、接口、公布目录和后台办理。Serve a home: page, API, publication and worker.

    \b
    例 Example:
      titlecert serve --home ./office
      titlecert serve verifier --publication ./publication
    """
    if context.invoked_subcommand is not None:
        return
    tool = begin(context, json_output, language)
    opened = open_home(home)
    place = Place.of(opened.settings.origin, bind)
    place.require_free()
    with open_office(tool, opened, service_passphrase_file) as office, working(office):
        serve_home(tool, opened, place)


@app.command("verifier", epilog=EPILOG)
def verifier(
    context: typer.Context,
    publication: Annotated[
        str,
        typer.Option(
            "--publication",
            envvar="TITLECERT_PUBLICATION",
            metavar="P",
            help="公布目录或其网址。Folder or address of the publication.",
        ),
    ],
    trust_root: Annotated[
        Path | None,
        typer.Option(
            "--trust-root",
            envvar="TITLECERT_TRUST_ROOT",
            metavar="F",
            help="信任根文件。The trust root; for a folder by default the file beside it, else its first root.",
        ),
    ] = None,
    origin: Annotated[
        str | None, typer.Option("--origin", metavar="URL", help="对外的查验网址。Where this service is reached.")
    ] = None,
    bind: Bind = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """只运行查验服务：查验页、接口和公布目录；不需要登记簿和密钥。Serve the verifier alone, from a publication.

    \b
    例 Example:
      titlecert serve verifier --publication ./publication --trust-root ./trust-root
    """
    from verifier.reader.http import is_address  # noqa: PLC0415
    from verifier.settings import Settings  # noqa: PLC0415

    tool = begin(context, json_output, language)
    address = origin or (f"http://{bind}" if bind else DEFAULT_ORIGIN)
    place = Place.of(address, bind)
    place.require_free()
    folder = not is_address(publication)
    settings = Settings(
        publication=publication,
        trust_root=(trust_root or _pinned(tool, publication)).expanduser().read_bytes(),
        origin=address,
        serve_publication=folder,
    )
    _run(tool, settings, place)


def _pinned(tool: Tool, publication: str) -> Path:
    """The trust root when none was named: the file beside the folder, else the folder's own first root, and say so."""
    beside = Path(publication).parent / "trust-root"
    first = Path(publication) / "trust" / "roots" / "1"
    found = next((each for each in (beside, first) if each.is_file()), None)
    if found is None:
        raise UsageError(
            "no_trust_root",
            "没有信任根：请用 --trust-root 指明从可靠渠道取得的信任根文件",
            "there is no trust root: name one that you have from a trusted channel with --trust-root",
        )
    tool.say(
        f"没有指明 --trust-root，采用 {found}；请确认它来自可靠渠道。",
        f"No --trust-root was given; taking {found}. Make sure that it comes from a trusted channel.",
    )
    return found


def serve_home(tool: Tool, home: OpenHome, place: Place) -> None:
    """Serve a home's page, API and publication until Ctrl-C."""
    from verifier.settings import Settings  # noqa: PLC0415

    settings = Settings(
        publication=str(home.publication_folder),
        trust_root=home.trust_root.read_bytes(),
        origin=home.settings.origin,
        serve_publication=True,
    )
    _run(tool, settings, place)


@contextmanager
def working(opened: OpenOffice) -> Iterator[None]:
    """Let a worker do pending work and renew the snapshot meanwhile; none when another process is the worker."""
    from cli.working import worker_of  # noqa: PLC0415

    tool = opened.tool
    with worker_of(opened) as worker:
        if worker is None:
            tool.say("另一个进程正在后台办理，这里只提供查验。", "Another process is the worker; serving only.")
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(
            target=worker.serve, args=(stop.is_set,), kwargs={"tell": _teller(tool)}, name="worker"
        )
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _teller(tool: Tool) -> Callable[[str], None]:
    return lambda sentence: tool.say(f"[后台] {sentence}", f"[worker] {sentence}")


def _run(tool: Tool, settings: Any, place: Place) -> None:
    import uvicorn  # noqa: PLC0415

    from verifier.app import create_app  # noqa: PLC0415

    application = create_app(settings, clock=tool.clock)
    config = uvicorn.Config(
        application, host=place.host, port=place.port, access_log=False, log_level="warning", server_header=False
    )
    tool.say(
        f"查验页 {settings.origin}/v/　按 Ctrl-C 停止。",
        f"The page is at {settings.origin}/v/  Ctrl-C stops.",
    )
    tool.finish({"page": f"{settings.origin}/v/", "pid": os.getpid()}, "")
    # The server ends by itself on both signals and then raises them again; a service manager's stop is a usual end too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()
    tool.say("已停止。", "Stopped.")


def register(root: typer.Typer) -> None:
    """Add this file's commands."""
    root.add_typer(app, name="serve", epilog=EPILOG)
