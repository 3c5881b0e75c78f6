"""The options that many commands share, each worded once.

Rules: those that every command of a kind takes (the passphrase files, the home, ``--json``, ``--lang``) are added by
``cli.framing``; the others a command names among its own.

    def show(run: Run, authority: AuthorityId, yes: Yes = False) -> None: ...
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

OPERATOR: Final = "operator"
ROOT: Final = "root"
ADMINISTRATOR: Final = "administrator"
SERVICE: Final = "service"


class LanguageName(StrEnum):
    """The two languages."""

    ZH = "zh"
    EN = "en"


Home = Annotated[
    Path | None,
    typer.Option("--home", envvar="TITLECERT_HOME", metavar="DIR", help="部署目录。The directory of the deployment."),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="结果以一个 JSON 对象写到标准输出。Print the answer as one JSON object on stdout."),
]
Language = Annotated[
    LanguageName | None,
    typer.Option("--lang", help="语言，默认按系统区域。Language; by default that of the locale, Chinese first."),
]
Events = Annotated[
    bool,
    typer.Option("--events", help="进度以每行一个 JSON 写到标准错误。Progress as JSON lines on stderr, for programs."),
]
PASSPHRASE_FILES: Final[Mapping[str, tuple[str, Any]]] = {
    OPERATOR: (
        "passphrase_file",
        Annotated[
            Path | None,
            typer.Option(
                "--passphrase-file",
                metavar="FILE",
                help="办理人口令文件（权限 0600）。The operator's passphrase, a 0600 file.",
            ),
        ],
    ),
    ROOT: (
        "root_passphrase_file",
        Annotated[
            Path | None,
            typer.Option(
                "--root-passphrase-file",
                metavar="FILE",
                help="根密钥口令文件。The passphrase of the root key, a 0600 file.",
            ),
        ],
    ),
    ADMINISTRATOR: (
        "administrator_passphrase_file",
        Annotated[
            Path | None,
            typer.Option(
                "--administrator-passphrase-file",
                metavar="FILE",
                help="管理员口令文件。The passphrase of the administrator's key, a 0600 file.",
            ),
        ],
    ),
    SERVICE: (
        "service_passphrase_file",
        Annotated[
            Path | None,
            typer.Option(
                "--service-passphrase-file",
                metavar="FILE",
                help="服务口令文件（权限 0600）。The passphrase of the service keys, a 0600 file.",
            ),
        ],
    ),
}
"""By whose passphrase it is: the parameter and its option, in the order of the help."""

ActingAs = Annotated[
    str,
    typer.Option("--as", metavar="OPERATOR", help="办理人编号。The operator who acts; see `titlecert operator list`."),
]
AuthorityId = Annotated[
    str, typer.Option("--authority", metavar="ID", help="发证机关编号。The authority; see `titlecert authority list`.")
]
RegionCode = Annotated[str, typer.Option("--region", metavar="CODE", help="行政区划代码。Code of the region.")]
Yes = Annotated[
    bool,
    typer.Option(
        "--yes", help="真正办理；不加时只说明会做什么。Act; without it the command only shows what it would do."
    ),
]
ClockIsRight = Annotated[
    bool,
    typer.Option(
        "--clock-is-right",
        help="确认本机时钟没有错；停办一段时间或纠正过时钟以后用一次。The clock is right: said once, after a pause or "
        "after it was set.",
    ),
]
