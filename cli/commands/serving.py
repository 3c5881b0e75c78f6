"""``titlecert serve``: the page, the API and the publication on one port, with the worker; or the verifier alone.

Rules: the verifier alone knows a publication and nothing else, and runs without the issuer's side installed. The
address of a home was fixed when it was made; behind a proxy, ``--bind`` says where to listen.

    titlecert serve --home ./office
    titlecert serve verifier --publication ./publication --workers 4
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from cli.errors import UsageError
from cli.framing import Run, command, group, group_itself
from cli.notifying import handed_sockets
from cli.options import SERVICE, ClockIsRight
from cli.overseeing import Log, LogForm, WatchPort
from cli.place import Place
from cli.service import MOST_WORKERS, listen
from cli.tool import Tool
from cli.watching import watch_place
from verifier.imprint import read_imprint
from verifier.reader.http import is_address
from verifier.settings import Settings

app = group()

MOST_PROCESSES: Final = 32
"""That issue: each takes about 150 MB."""
DEFAULT_ORIGIN = "http://127.0.0.1:8787"
Bind = Annotated[
    str | None,
    typer.Option(
        "--bind",
        envvar="TITLECERT_BIND",
        metavar="HOST:PORT",
        help="在哪里监听，默认按网址。Where to listen; by default the origin.",
    ),
]


@group_itself(app, passphrases=(SERVICE,))
def serve(
    run: Run,
    bind: Bind = None,
    clock_is_right: ClockIsRight = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            envvar="TITLECERT_WORKERS",
            metavar="N",
            min=0,
            max=MOST_PROCESSES,
            help="几个进程发证和制作 PDF；0 是由这个进程自己办。Processes that issue and make PDFs; 0: this one does.",
        ),
    ] = 0,
    alone: Annotated[
        bool,
        typer.Option(
            "--alone",
            envvar="TITLECERT_ALONE",
            help="只运行后台办理和查验页；开锁服务和持证人网页另外运行。"
            "Worker and page alone: the unlock service and the desk run elsewhere.",
        ),
    ] = False,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            envvar="TITLECERT_JOURNAL",
            metavar="DIR",
            help="日志目录，放在另一块盘上；默认按 home.json。Folder of the journal, on another disk; by default "
            "that of home.json.",
        ),
    ] = None,
    metrics: WatchPort = None,
    log: Log = LogForm.TEXT,
) -> None:
    """运行一个部署的全部服务：查验页、接口、公布目录和后台办理。Serve a home: page, API, publication and worker.

    \b
    例 Example:
      titlecert serve --home ./office
      titlecert serve --workers 4 --home ./office
      titlecert serve verifier --publication ./publication
    """
    from cli.commands import serving_home  # noqa: PLC0415 - the verifier alone runs without the issuer's side

    watch = watch_place(metrics)
    serving_home.serve(
        run,
        bind,
        clock_is_right=clock_is_right,
        workers=workers,
        alone=alone,
        journal=journal,
        watch=watch,
        log=log,
    )


@command(app, "unlock", passphrases=(SERVICE,))
def unlock(run: Run, log: Log = LogForm.TEXT) -> None:
    """只运行开锁服务：核对领取码，打开持证人自己的资料；不联网提供。Serve unlock alone: it opens holders' own rows.

    \b
    例 Example:
      titlecert serve unlock --home ./office
    """
    from cli import unlocking  # noqa: PLC0415 - as above

    unlocking.serve_here(run, log)


@command(app, "desk")
def desk(run: Run, bind: Bind = None, metrics: WatchPort = None, log: Log = LogForm.TEXT) -> None:
    """只运行持证人网页：登录、查看、下载、申请；不打开登记簿和密钥。Serve the holder's desk alone.

    \b
    例 Example:
      titlecert serve desk --home ./office
    """
    from cli.commands import serving_desk  # noqa: PLC0415 - the verifier alone runs without the issuer's side

    serving_desk.serve(run, bind, watch=watch_place(metrics), log=log)


@command(app, "verifier", home=False)
def verifier(
    run: Run,
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
        str | None,
        typer.Option(
            "--origin", envvar="TITLECERT_ORIGIN", metavar="URL", help="对外的查验网址。Where this service is reached."
        ),
    ] = None,
    bind: Bind = None,
    imprint: Annotated[
        Path | None,
        typer.Option(
            "--imprint",
            envvar="TITLECERT_IMPRINT",
            metavar="F",
            help="主办单位、联系和举报方式（TOML 文件），写在帮助页上。Who runs the service, for its help page (TOML).",
        ),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            "--workers",
            envvar="TITLECERT_WORKERS",
            metavar="N",
            min=1,
            max=MOST_WORKERS,
            help="查验进程的个数，合用一个端口；一般不多于处理器数。Processes on one port; usually one a processor.",
        ),
    ] = 1,
    metrics: WatchPort = None,
    log: Log = LogForm.TEXT,
) -> None:
    """只运行查验服务：查验页、接口和公布目录；不需要登记簿和密钥。Serve the verifier alone, from a publication.

    \b
    例 Example:
      titlecert serve verifier --publication ./publication --trust-root ./trust-root
    """
    tool = run.tool
    address = origin or (f"http://{bind}" if bind else DEFAULT_ORIGIN)
    place = Place.of(address, bind)
    handed = handed_sockets(os.environ)
    if not handed:
        place.require_free()
    folder = not is_address(publication)
    settings = Settings(
        publication=publication,
        trust_root=(trust_root or _pinned(tool, publication)).expanduser().read_bytes(),
        origin=address,
        serve_publication=folder,
        imprint=None if imprint is None else read_imprint(imprint.expanduser()),
    )
    listen(tool, settings, place, workers=workers, log=log, watch=watch_place(metrics), handed=handed)


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
