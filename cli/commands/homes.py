"""``titlecert home``: the home itself, and where its register is.

Rules: nothing moves and nothing is upgraded without ``--yes``. Nobody is the worker meanwhile. The copy is compared
with the register table by table before the settings change; a run that was killed is run again.

    titlecert home move --to postgresql://titlecert@db.example/register --home ./office
    titlecert home upgrade --home ./office
    titlecert home workers --home ./office
    titlecert home timestamps --url https://tsa.example/ --trust-anchor tsa-root.pem --home ./office
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli import atwork
from cli.desks import make_desk
from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import Events, Yes
from cli.progress import progress
from cli.stopping import Left, going_on
from cli.tool import Tool
from credential import durable
from issuer.home import machine
from issuer.home.moved import kit
from issuer.home.opening import downgrade_home, upgrade_home
from issuer.home.paths import Home
from issuer.home.settings import TimestampSettings
from issuer.services import moving, seals, work
from issuer.services.moving import Moved, MovePlan
from issuer.worker.worker import standstill

app = group()

_STAYS = Left(
    zh="搬迁没有办完，什么都没有丢失；再运行一次就从头办或接着办完",
    en="the move is not finished and nothing is lost; another run begins anew, or finishes what was left",
)

To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="URL",
        help="新数据库的地址，不带口令；口令放在 .pgpass 里。Address of the new database, without its password, which "
        "stands in .pgpass.",
    ),
]


TimestampUrl = Annotated[
    str | None, typer.Option("--url", metavar="URL", help="时间戳服务（RFC 3161）的网址。Address of the service.")
]
TimestampRoot = Annotated[
    Path | None,
    typer.Option("--trust-anchor", metavar="FILE", help="时间戳服务的根证书。The root certificate of the service."),
]
Policy = Annotated[
    str, typer.Option("--policy", metavar="OID", help="所要的策略，不写由服务决定。The policy; the service's own.")
]
User = Annotated[str, typer.Option("--user", help="时间戳服务的用户名。The user name at the service.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", metavar="FILE", help="它的口令文件（权限 0600）。Its password, a 0600 file."),
]
Seconds = Annotated[
    int, typer.Option("--seconds", min=1, max=60, help="最多等几秒。How long an answer may take, in seconds.")
]
NoTimestamps = Annotated[bool, typer.Option("--none", help="不再加时间戳。No time-stamps from now on.")]


@command(app, "move")
def move(run: Run, to: To, yes: Yes = False, events: Events = False) -> None:
    """把登记簿搬到另一个数据库，逐表比对后才改设置；不加 --yes 只说明。Move the register; dry run until --yes.

    \b
    例 Example:
      titlecert home move --to postgresql://titlecert@db.example/register --home ./office
      titlecert home move --to postgresql://titlecert@db.example/register --yes --home ./office
    """
    tool = run.tool
    tool.console.events = events
    with open_home(run) as opened, standstill(opened.home):
        machine.require_whole(opened.home)
        plan = moving.plan(opened, to)
        if not yes:
            tool.finish({"moved": False, **_plain(plan)}, _planned(tool, plan))
            tool.say("没有改动。加 --yes 就照此搬迁。", "Nothing was changed. With --yes it moves.")
            return
        words = ("home", "move", "--to", to, "--yes")
        with going_on(run, *words, done=lambda: _STAYS), progress(tool, "move") as (step,):
            moved = moving.move(opened, local_actor(), plan, lambda _, done, of: step(done, of))
    tool.finish({"moved": True, **_plain(plan), "digests": _digests(moved)}, _told(tool, moved))
    tool.say(*_after(plan))


@command(app, "upgrade")
def upgrade(run: Run, yes: Yes = False) -> None:
    """把登记簿升级到本程序的版本，先备份；不加 --yes 只说明。Upgrade the register, after a backup; dry run until --yes.

    \b
    例 Example:
      titlecert home upgrade --home ./office
      titlecert home upgrade --yes --home ./office
    """
    tool = run.tool
    home = Home.open(run.directory)
    with standstill(home):
        found = upgrade_home(home, act=yes, environment=os.environ)
    is_new = found.register == found.program
    data = {"found": found.register, "needed": found.program, "upgraded": yes and not is_new}
    if is_new:
        tool.finish(data, tool.pick("登记簿已是本程序的版本", "The register is of this program's version"))
        return
    told = tool.pick(f"登记簿 {found.register} → {found.program}", f"The register, {found.register} → {found.program}")
    tool.finish(data, told)
    if yes:
        make_desk(home, os.environ)
        tool.say("已升级。", "It is upgraded.")
    else:
        tool.say("没有改动。备份以后加 --yes 升级。", "Nothing was changed. After a backup, --yes upgrades it.")


@command(app, "workers")
def workers(run: Run) -> None:
    """谁在办什么：每个进程办的批次和行、开始和到期时间。Who works on what: process, batch, rows, since when.

    \b
    例 Example:
      titlecert home workers --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        held = work.held(opened)
    nobody = tool.pick("没有进程在办理", "No process is at work")
    tool.finish({"working": atwork.plain(held)}, atwork.told(tool, held) or nobody)


@command(app, "timestamps")
def timestamps(
    run: Run,
    url: TimestampUrl = None,
    trust_anchor: TimestampRoot = None,
    policy: Policy = "",
    user: User = "",
    password_file: PasswordFile = None,
    seconds: Seconds = 10,
    none: NoTimestamps = False,
) -> None:
    """指定时间戳服务，盖章时加盖时间戳；不写就显示现在的。Say which service time-stamps seals; without, show it.

    \b
    例 Example:
      titlecert home timestamps --url https://tsa.example/ --trust-anchor tsa-root.pem --home ./office
      titlecert home timestamps --none --home ./office
    """
    tool = run.tool
    home = Home.open(run.directory)
    if url is not None:
        if none or trust_anchor is None:
            raise UsageError(
                "timestamp_options",
                "--url 要和 --trust-anchor 一起写，不能和 --none 一起写",
                "--url goes with --trust-anchor, and not with --none",
            )
        home = home.with_timestamps(_service(url, trust_anchor, policy, user, password_file, seconds))
    elif none:
        home = home.with_timestamps(None)
    service = home.settings.timestamps
    data = None if service is None else service.model_dump(exclude={"root"})
    said = (
        tool.pick("盖章时不加时间戳", "Seals are not time-stamped")
        if service is None
        else tool.pick(f"盖章时由 {service.url} 加时间戳", f"Seals are time-stamped by {service.url}")
    )
    tool.finish({"timestamps": data}, said)


def _service(
    url: str, trust_anchor: Path, policy: str, user: str, password_file: Path | None, seconds: int
) -> TimestampSettings:
    root = seals.pem_of_root(trust_anchor.expanduser().read_bytes())
    password = "" if password_file is None else str(password_file.expanduser().absolute())
    told = {"url": url, "root": root, "policy": policy, "user": user, "password_file": password, "seconds": seconds}
    try:
        return TimestampSettings.model_validate(told)
    except ValidationError as error:
        where = str((error.errors()[0]["loc"] or ("user",))[0])
        raise UsageError(
            "timestamp_options",
            f"--{where.replace('_', '-')}：这一项不对；--user 和 --password-file 要一起写",
            f"--{where.replace('_', '-')} does not hold; --user and --password-file go together",
        ) from error


@command(app, "moved")
def moved_kit(
    run: Run,
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL", help="现在的查验网址，https://主机。Where the check is now: https://HOST."),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="写到哪个新文件夹。The new folder that the kit is written to.")
    ],
    publication: Annotated[
        str,
        typer.Option(
            "--publication",
            metavar="URL",
            help="现在的公布目录网址，以 / 结尾；默认是新网址加 /p/。Address of the publication now, ending in /.",
        ),
    ] = "",
) -> None:
    """网址搬迁以后：写出旧网址要放的文件和 nginx 配置。After a move: files and nginx lines for the old addresses.

    旧网址印在证书的二维码里，要一直能用。
    The old address is printed in the codes of certificates, and has to work for ever.

    \b
    例 Example:
      titlecert home moved --to https://zc-new.example --out ./old-address --home ./office
    """
    tool = run.tool
    home = Home.open(run.directory)
    files = kit(home.settings, to, publication)
    folder = out.expanduser()
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "kit_not_empty", f"{folder} 里已有文件；换一个新文件夹", f"{folder} is not empty; name a new folder"
        )
    for path, data in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        durable.create(place, data, mode=0o644)
    said = tool.pick(f"已写出 {len(files)} 个文件：{folder}", f"Wrote {len(files)} files to {folder}")
    tool.finish({"folder": str(folder), "files": sorted(files)}, said)
    tool.say("怎么放，见其中的 README.txt。", "README.txt in it says where they go.")


@command(app, "downgrade")
def downgrade(
    run: Run,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="VERSION", help="旧程序所需的登记簿版本。The version that the older program needs."
        ),
    ],
    yes: Yes = False,
) -> None:
    """把登记簿退回旧程序的版本，先备份；会丢失内容的不退。Take the register back to an older version; nothing is lost.

    旧版本存不下的内容，哪怕一行，也不退，并写明是哪张表。
    Where an older version has no place for something, the command says where, and nothing is done.

    \b
    例 Example:
      titlecert home downgrade --to 0023_refusals --home ./office
      titlecert home downgrade --to 0023_refusals --yes --home ./office
    """
    tool = run.tool
    home = Home.open(run.directory)
    with standstill(home):
        found = downgrade_home(home, to, act=yes, environment=os.environ)
    data = {"found": found.register, "to": to, "downgraded": yes}
    tool.finish(data, tool.pick(f"登记簿 {found.register} → {to}", f"The register, {found.register} → {to}"))
    if yes:
        tool.say("已退回；现在请改用旧程序。", "It is done; go on with the older program now.")
    else:
        tool.say("没有改动。备份以后加 --yes 退回。", "Nothing was changed. After a backup, --yes does it.")


def _planned(tool: Tool, plan: MovePlan) -> str:
    if plan.is_copied:
        return tool.pick(
            f"{plan.target} 里已有完整的一份，只差改设置",
            f"{plan.target} holds all of it already; only the settings are left",
        )
    return tool.pick(
        f"将把 {plan.source} 的 {plan.tables} 张表、{plan.rows} 行搬到 {plan.target}",
        f"Would move {plan.tables} tables with {plan.rows} rows from {plan.source} to {plan.target}",
    )


def _told(tool: Tool, moved: Moved) -> str:
    rows = sum(each.rows for each in moved.digests)
    plan = moved.plan
    return tool.pick(
        f"登记簿已搬到 {plan.target}：{len(moved.digests)} 张表、{rows} 行，逐表比对一致",
        f"The register is at {plan.target}: {len(moved.digests)} tables with {rows} rows, each compared and the same",
    )


def _after(plan: MovePlan) -> tuple[str, str]:
    zh = f"原来的登记簿仍在 {plan.source}，已作标记，不能再用来办理；确认备份后再删除。"
    en = f"The old register is still at {plan.source}, marked so that nobody goes on with it; remove it after a backup."
    if os.environ.get(moving.VARIABLE):
        zh += f"\n环境变量 {moving.VARIABLE} 优先于设置：请改成新地址，或取消它。"
        en += f"\n{moving.VARIABLE} overrides the settings: change it to the new address, or unset it."
    return zh, en


def _plain(plan: MovePlan) -> dict[str, Any]:
    return {"from": plan.source, "to": plan.target, "rows": plan.rows, "tables": plan.tables, "copied": plan.is_copied}


def _digests(moved: Moved) -> list[dict[str, Any]]:
    return [{"table": each.table, "rows": each.rows, "sha256": each.digest.hex()} for each in moved.digests]
