"""``titlecert init``: a home with its register, keys, root and built-in catalogue.

Rules: the home appears under its name complete or not at all; what was left of an interrupted run is thrown away. The
address is fixed here for ever, because every certificate carries it.

    titlecert init --home ./office --deployment shifan --origin https://zc.example
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.errors import RefusedError, UsageError
from cli.exits import EPILOG
from cli.opening import ADMINISTRATOR, ROOT, SERVICE, passphrase
from cli.options import (
    AdministratorPassphraseFile,
    Home,
    Json,
    Language,
    RootPassphraseFile,
    ServicePassphraseFile,
)
from cli.tool import Tool, begin, home_directory
from credential import durable

if TYPE_CHECKING:
    from issuer.home.settings import HomeSettings
    from keys.passphrase import Passphrase

Deployment = Annotated[
    str, typer.Option("--deployment", metavar="ID", help="部署编号，小写字母、数字和 -。Its id: a-z, 0-9 and -.")
]
Origin = Annotated[
    str,
    typer.Option(
        "--origin",
        metavar="URL",
        help="查验网址，印在每张证书上，以后不能改。Where the page lives; printed on every certificate, for ever.",
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
Capacity = Annotated[
    int, typer.Option("--capacity", min=1, help="计划容量（张），以后不能改。Certificates planned for, fixed for ever.")
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


def init(
    context: typer.Context,
    deployment: Deployment,
    origin: Origin,
    publication: Publication = None,
    demonstration: Demonstration = False,
    capacity: Capacity = 400_000,
    database: Database = "",
    make_passphrases: MakePassphrases = False,
    root_passphrase_file: RootPassphraseFile = None,
    administrator_passphrase_file: AdministratorPassphraseFile = None,
    service_passphrase_file: ServicePassphraseFile = None,
    home: Home = None,
    json_output: Json = False,
    language: Language = None,
) -> None:
    """新建部署目录：登记簿、密钥、信任根和内置目录。Make the home of a deployment: register, keys, root, catalogue.

    \b
    例 Example:
      titlecert init --home ./office --deployment shifan --origin https://zc.example
    """
    from issuer.worker import setup  # noqa: F401, PLC0415 - what is not installed is said before anybody is asked

    tool = begin(context, json_output, language)
    directory = home_directory(home).absolute()
    typed = {"deployment": deployment, "origin": origin, "publication": publication or f"{origin}/p/"}
    typed["database"] = database
    settings = _settings(tool, typed, demonstration=demonstration, capacity=capacity)
    _require_free(directory)
    files = {
        ROOT: root_passphrase_file,
        ADMINISTRATOR: administrator_passphrase_file,
        SERVICE: service_passphrase_file,
    }
    made = {name: secrets.token_urlsafe(24) for name, file in files.items() if make_passphrases and file is None}
    chosen = _passphrases(tool, directory, files, made)
    unfinished = directory.with_name(f".{directory.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _found(tool, unfinished, settings, chosen, made)
        durable.name_directory(unfinished, directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _tell(tool, directory, settings)


def _settings(tool: Tool, typed: dict[str, str], *, demonstration: bool, capacity: int) -> HomeSettings:
    from pydantic import ValidationError  # noqa: PLC0415

    from issuer.home.settings import HomeSettings, lists_for  # noqa: PLC0415

    fixed = {"demonstration": demonstration, "status_lists": lists_for(capacity), "created": tool.now()}
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
    "publication": ("：写成 https://主机/路径/，以 / 结尾", ": https://HOST/PATH/, ending in /"),
}


def _passphrases(
    tool: Tool, directory: Path, files: dict[str, Path | None], made: dict[str, str]
) -> dict[str, Passphrase]:
    """Ask for all three before anything is made."""
    from keys.passphrase import Passphrase  # noqa: PLC0415

    kept = directory / "secrets"
    return {
        name: Passphrase(made[name]) if name in made else passphrase(tool, kept, name, file, new=True)
        for name, file in files.items()
    }


def keep_new_passphrase(secrets_directory: Path, name: str) -> None:
    """Make a random passphrase of 192 bits in a 0600 file, unless there is one already."""
    if not (secrets_directory / f"{name}.passphrase").exists():
        _keep(secrets_directory, name, secrets.token_urlsafe(24))


def _keep(secrets_directory: Path, name: str, text: str) -> None:
    from keys.files import make_private_directory, write_new  # noqa: PLC0415

    make_private_directory(secrets_directory)
    write_new(secrets_directory / f"{name}.passphrase", f"{text}\n".encode())


def _found(
    tool: Tool, directory: Path, settings: HomeSettings, chosen: dict[str, Passphrase], made: dict[str, str]
) -> None:
    from issuer.home.paths import Home as OpenHome  # noqa: PLC0415
    from issuer.worker import setup  # noqa: PLC0415

    home = OpenHome.create(directory, settings)
    for name, text in made.items():
        _keep(home.secrets, name, text)
    tool.say("正在生成密钥……", "Making the keys ...")
    setup.found(
        home,
        setup.SetupPassphrases(root=chosen[ROOT], administrator=chosen[ADMINISTRATOR], service=chosen[SERVICE]),
        now=tool.now(),
        cost=tool.cost,
    )


def _require_free(directory: Path) -> None:
    """Nothing is written over: the directory is new or empty."""
    if (directory / "home.json").exists():
        raise RefusedError(
            "home_exists",
            f"{directory} 已经是一个部署目录，没有改动",
            f"{directory} is a home already; nothing was changed",
        )
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise RefusedError(
            "not_empty",
            f"{directory} 不是空目录，没有改动；请换一个目录名",
            f"{directory} is not an empty directory; nothing was changed; take another name",
        )
    directory.parent.mkdir(parents=True, exist_ok=True)


def _tell(tool: Tool, directory: Path, settings: HomeSettings) -> None:
    data = {
        "home": str(directory),
        "deployment": settings.deployment,
        "origin": settings.origin,
        "publication": settings.publication,
        "demonstration": settings.demonstration,
        "trust_root": str(directory / "trust-root"),
    }
    tool.finish(
        data,
        tool.pick(f"已建立 {directory}，查验网址 {settings.origin}", f"Made {directory} for {settings.origin}"),
    )
    tool.say(
        "下一步：登记行政区划、发证机关、评审委员会和办理人，然后 titlecert publish --trust。\n"
        f"请把 {directory / 'root'} 移到离线介质保管；平时办理不需要它。",
        "Next: add regions, authorities, committees and operators, then `titlecert publish --trust`.\n"
        f"Move {directory / 'root'} to a medium of its own; everyday work does not need it.",
    )


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("init", epilog=EPILOG)(init)
