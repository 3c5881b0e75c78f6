"""``titlecert init``: a home with its register, keys, root and built-in catalogue.

Rules: the home appears under its name complete or not at all; what was left of an interrupted run is thrown away. The
address is fixed here for good, because every certificate carries it.

    titlecert init --home ./office --deployment shifan --origin https://zc.example
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError

from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.opening import Asking, local_actor
from cli.options import ADMINISTRATOR, ROOT, SERVICE
from cli.tool import Tool
from issuer.home import opening
from issuer.home.settings import HomeSettings, lists_for
from issuer.services import founding
from keys.files import make_private_directory, write_new
from keys.passphrase import Passphrase

app = group()

Deployment = Annotated[
    str, typer.Option("--deployment", metavar="ID", help="部署编号，小写字母、数字和 -。Its id: a-z, 0-9 and -.")
]
Origin = Annotated[
    str,
    typer.Option(
        "--origin",
        metavar="URL",
        help="查验网址，印在每张证书上，以后不能改。Where the page lives; printed on every certificate, for good.",
    ),
]
Publication = Annotated[
    str | None,
    typer.Option(
        "--publication", metavar="URL", help="公布目录的网址，默认 ORIGIN/p/。Address of the publication; ORIGIN/p/."
    ),
]
Demonstration = Annotated[
    bool, typer.Option("--demonstration", help="演示用，不具法律效力。For demonstrations only; says so everywhere.")
]
Training = Annotated[
    bool,
    typer.Option(
        "--training",
        help="演练用，不具法律效力，文件和联系方式都写明。For training, without legal effect; says so everywhere.",
    ),
]
Capacity = Annotated[
    int, typer.Option("--capacity", min=1, help="计划容量（张），以后不能改。Certificates planned for, fixed for good.")
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        help="登记簿所在的数据库，不带口令，默认为目录里的 SQLite 文件；带口令的写在环境变量 TITLECERT_DATABASE 里。"
        "The register's database, without its password; by default a SQLite file in the home. One with a password "
        "goes into TITLECERT_DATABASE, or the password into .pgpass.",
    ),
]
MakePassphrases = Annotated[
    bool,
    typer.Option(
        "--make-passphrases",
        help="随机生成口令并存入 HOME/secrets（0600）。Make random passphrases and keep them in HOME/secrets.",
    ),
]


@command(app, "init", passphrases=(ROOT, ADMINISTRATOR, SERVICE))
def init(
    run: Run,
    deployment: Deployment,
    origin: Origin,
    publication: Publication = None,
    demonstration: Demonstration = False,
    training: Training = False,
    capacity: Capacity = 400_000,
    database: Database = "",
    make_passphrases: MakePassphrases = False,
) -> None:
    """新建部署目录：登记簿、密钥、信任根和内置目录。Make the home of a deployment: register, keys, root, catalogue.

    \b
    例 Example:
      titlecert init --home ./office --deployment shifan --origin https://zc.example
    """
    tool = run.tool
    directory = run.directory.absolute()
    typed = {"deployment": deployment, "origin": origin, "publication": publication or f"{origin}/p/"}
    typed["database"] = database
    kind = _kind(demonstration, training)
    settings = _settings(tool, typed, kind, capacity=capacity)
    opening.require_free(directory)
    if not settings.demonstration:
        tool.say(*REAL)
    unnamed = [name for name, file in run.passphrase_files.items() if file is None]
    made = {name: secrets.token_urlsafe(24) for name in unnamed} if make_passphrases else {}
    chosen = _passphrases(run, directory, made)
    tool.say("正在生成密钥……", "Making the keys ...")
    with opening.found(directory, settings, chosen, clock=tool.clock, cost=tool.cost, environment=os.environ) as opened:
        for name, text in made.items():
            _keep(opened.home.secrets, name, text)
        founding.found(opened, local_actor())
    _tell(tool, directory, settings)


REAL: Final = (
    "正式部署。init 只建立目录、登记簿和密钥，以下几件它办不了，要另办：\n"
    "  · 文件证书由依法设立的电子认证服务机构签发：用 titlecert keys request 申请，"
    "用 titlecert keys import-certificate 收下\n"
    "  · 信任根先只有一把密钥；多把密钥、门限签署用 titlecert root 命令办理\n"
    "  · 网址、备份、时钟和数据库服务器由管理员准备",
    "A real office. init makes the home, its register and its keys. It cannot do these, which are done apart:\n"
    "  - document certificates come from an accredited service: `titlecert keys request`, then "
    "`titlecert keys import-certificate`\n"
    "  - the root has one key at first; several keys and a threshold are set up with `titlecert root`\n"
    "  - addresses, backups, the clock and a database server are the administrator's",
)
"""What is said before anything is made."""


FIRST: Final = (
    "titlecert keys request 申请文件证书，收下以后",
    "ask for document certificates with `titlecert keys request`; when they are taken in, ",
)


def _kind(demonstration: bool, training: bool) -> dict[str, bool]:
    """Whether what is issued has legal effect, and which mark it has where it has none."""
    if demonstration and training:
        raise UsageError(
            "which_mark",
            "--demonstration 和 --training 只能写一项",
            "give --demonstration or --training, not both",
        )
    return {"demonstration": demonstration or training, "training": training}


def _settings(tool: Tool, typed: dict[str, str], kind: dict[str, bool], *, capacity: int) -> HomeSettings:
    fixed = {**kind, "status_lists": lists_for(capacity), "created": tool.now()}
    plain = [name for name in ("origin", "publication") if typed[name].startswith("http:")]
    if plain and not kind["demonstration"]:
        raise UsageError("bad_setting", *(f"--{plain[0]} {typed[plain[0]]!r}{each}" for each in _RULES["https"]))
    try:
        return HomeSettings.model_validate(typed | fixed)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise UsageError("bad_setting", *(f"--{name} {typed[name]!r}{each}" for each in _RULES[name])) from error


_RULES: Final = {
    "deployment": (
        "：3 到 40 位小写字母、数字和 -，以字母开头",
        ": 3 to 40 of a-z, 0-9 and -, beginning with a letter",
    ),
    "origin": (
        "：写成 https://主机，不带路径，主机连端口不超过 64 个字符；http 只限本机演示",
        ": https://HOST without a path, HOST and port of at most 64 characters; http on loopback only",
    ),
    "https": ("：正式部署只用 https，http 只限本机演示", ": a real office uses https; http is for demonstrations"),
    "publication": ("：写成 https://主机/路径/，以 / 结尾", ": https://HOST/PATH/, ending in /"),
}


def _passphrases(run: Run, directory: Path, made: dict[str, str]) -> opening.Passphrases:
    """Ask for all three before anything is made."""
    asking = Asking(run, directory / "secrets")
    chosen = {name: Passphrase(made[name]) if name in made else asking(name, new=True) for name in run.passphrase_files}

    def passphrase(name: str, *, new: bool = False) -> Passphrase:  # noqa: ARG001 - asked twice already
        return chosen[name]

    return passphrase


def keep_new_passphrase(secrets_directory: Path, name: str) -> Path | None:
    """Make a random passphrase of 192 bits in a 0600 file and return it; None when there is one already."""
    path = secrets_directory / f"{name}.passphrase"
    if path.exists():
        return None
    _keep(secrets_directory, name, secrets.token_urlsafe(24))
    return path


def _keep(secrets_directory: Path, name: str, text: str) -> None:
    make_private_directory(secrets_directory)
    write_new(secrets_directory / f"{name}.passphrase", f"{text}\n".encode())


def _tell(tool: Tool, directory: Path, settings: HomeSettings) -> None:
    data = {
        "home": str(directory),
        "deployment": settings.deployment,
        "origin": settings.origin,
        "publication": settings.publication,
        "demonstration": settings.demonstration,
        "training": settings.training,
        "trust_root": str(directory / "trust-root"),
    }
    tool.finish(
        data,
        tool.pick(f"已建立 {directory}，查验网址 {settings.origin}", f"Made {directory} for {settings.origin}"),
    )
    first = ("", "") if settings.demonstration else FIRST
    tool.say(
        f"下一步：{first[0]}登记行政区划、发证机关、评审委员会和办理人，然后 titlecert publish --trust。\n"
        f"请把 {directory / 'root'} 移到离线介质保管；平时办理不需要它。",
        f"Next: {first[1]}add regions, authorities, committees and operators, then `titlecert publish --trust`.\n"
        f"Move {directory / 'root'} to a medium of its own; everyday work does not need it.",
    )
