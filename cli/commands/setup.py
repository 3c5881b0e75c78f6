"""``titlecert init``: a home with its register, keys, root and built-in catalogue.

Rules: the home appears under its name complete or not at all; what was left of an interrupted run is thrown away. The
address is fixed here for ever, because every certificate carries it.

    titlecert init --home ./office --deployment shifan --origin https://zc.example
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import RefusedError
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

if TYPE_CHECKING:
    from issuer.home import HomeSettings

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
    from issuer.home import HomeSettings, lists_for  # noqa: PLC0415

    tool = begin(context, json_output, language)
    directory = home_directory(home).absolute()
    settings = HomeSettings(
        deployment=deployment,
        origin=origin,
        publication=publication or f"{origin}/p/",
        demonstration=demonstration,
        status_lists=lists_for(capacity),
        created=tool.now(),
    )
    files = {
        ROOT: root_passphrase_file,
        ADMINISTRATOR: administrator_passphrase_file,
        SERVICE: service_passphrase_file,
    }
    _require_free(directory)
    unfinished = directory.with_name(f".{directory.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _found(tool, unfinished, settings, files, make_passphrases=make_passphrases)
        unfinished.rename(directory)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _tell(tool, directory, settings)


def keep_new_passphrase(secrets_directory: Path, name: str) -> Path:
    """Make a random passphrase of 192 bits in a 0600 file, unless there is one already, and return its path."""
    from keys.files import make_private_directory, write_new  # noqa: PLC0415

    path = secrets_directory / f"{name}.passphrase"
    if not path.exists():
        make_private_directory(secrets_directory)
        write_new(path, f"{secrets.token_urlsafe(24)}\n".encode())
    return path


def _found(
    tool: Tool, directory: Path, settings: HomeSettings, files: dict[str, Path | None], *, make_passphrases: bool
) -> None:
    from issuer.home import Home as OpenHome  # noqa: PLC0415
    from issuer.worker import setup  # noqa: PLC0415

    home = OpenHome.create(directory, settings)
    chosen = {}
    for name, file in files.items():
        if make_passphrases and file is None:
            keep_new_passphrase(home.secrets, name)
        chosen[name] = passphrase(tool, home.secrets, name, file, new=True)
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
