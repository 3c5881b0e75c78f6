"""``titlecert backup``: a copy of everything, encrypted to a key that is kept elsewhere.

Rules: nobody stops working meanwhile. The recovery key opens every backup, so its private half lies on no machine of
the office; ``titlecert restore --check`` tries whether it still opens one.

    titlecert backup make-key --out /media/safe/recovery.key.json --home ./office
    titlecert backup --to /backup --home ./office
    titlecert backup list --to /backup --home ./office
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import output
from cli.console import local_time
from cli.errors import UsageError, reported
from cli.framing import Run, command, group, group_itself
from cli.opening import local_actor, open_home
from cli.options import Events
from cli.progress import progress
from cli.recovering import recovery_passphrase
from cli.tool import Tool
from credential import durable
from credential.errors import CredentialError
from credential.recovery import MAX_KEY_BYTES, RecoveryPublicKey
from issuer.services import backups
from issuer.services.backups import Backup, Found, Journal, Keep
from keys.recovery import make_recovery

app = group()

_USUAL: Final = Keep()
To = Annotated[
    Path | None,
    typer.Option("--to", metavar="DIR", help="存放备份的目录，最好在另一块盘上。Where backups are, best another disk."),
]
KeyOut = Annotated[
    Path,
    output.out_option(
        "--out", "json", "恢复密钥的新文件，放在离线介质上。The new file of the recovery key, on a medium kept apart."
    ),
]
RecoveryPassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--recovery-passphrase-file",
        metavar="FILE",
        help="恢复密钥的口令文件（权限 0600）。The passphrase of the recovery key, a 0600 file.",
    ),
]
Replace = Annotated[
    bool,
    typer.Option(
        "--replace",
        help="代替现用的恢复密钥；以前的备份仍用以前的密钥打开。In the place of the present key, which still "
        "opens what was made with it.",
    ),
]


@group_itself(app)
def backup(
    run: Run,
    to: To = None,
    keep_days: Annotated[
        int, typer.Option("--keep-days", min=0, help="最近几天各留一份。Days that keep a backup each.")
    ] = _USUAL.days,
    keep_weeks: Annotated[
        int, typer.Option("--keep-weeks", min=0, help="最近几周各留一份。Weeks that keep one each.")
    ] = _USUAL.weeks,
    keep_months: Annotated[
        int, typer.Option("--keep-months", min=0, help="最近几个月各留一份。Months that keep one each.")
    ] = _USUAL.months,
    keep_all: Annotated[bool, typer.Option("--keep-all", help="旧的都不删。Remove no older one.")] = False,
    events: Events = False,
) -> None:
    """备份登记簿、持证人网页和部署文件，用恢复密钥加密，不用停办。Back up everything, encrypted to the recovery key.

    \b
    例 Example:
      titlecert backup --to /backup --home ./office
      titlecert backup --to /backup --keep-days 30 --home ./office
    """
    tool = run.tool
    tool.console.events = events
    folder = _folder(to)
    keep = None if keep_all else Keep(keep_days, keep_weeks, keep_months)
    with open_home(run) as opened, progress(tool, "backup") as (step,):
        made = backups.make_backup(opened, local_actor(), folder, keep=keep, environment=os.environ, step=step)
    tool.finish(_plain(made), _told(tool, made))


@command(app, "make-key")
def make_key(
    run: Run, out: KeyOut, recovery_passphrase_file: RecoveryPassphraseFile = None, replace: Replace = False
) -> None:
    """生成恢复密钥：私钥写入离线介质上的文件，公钥留在部署目录。Make the recovery key; its private half is kept apart.

    旁边的 .pub 文件是公钥，没有秘密。
    The file beside it that ends in .pub is the public half and no secret.

    \b
    例 Example:
      titlecert backup make-key --out /media/safe/recovery.key.json --home ./office
    """
    tool = run.tool
    out = out.expanduser().absolute()
    output.check(out, option="--out")
    with open_home(run) as opened:
        if out.is_relative_to(opened.home.directory):
            raise UsageError(
                "recovery_key_inside",
                f"{out} 在部署目录里；恢复密钥要放在别处，部署目录丢了还能用",
                f"{out} is inside the home; the recovery key is for the day when the home is lost, put it elsewhere",
            )
        if not replace:
            _require_none(opened.home.recovery)
        passphrase = recovery_passphrase(run, recovery_passphrase_file, new=True)
        label = f"recovery key of {opened.home.settings.deployment}"
        key = make_recovery(out, passphrase, tool.now(), label, cost=tool.cost)
        durable.replace(_public(out), key.encode(), mode=0o644)
        backups.use_key(opened, local_actor(), key, replace=replace)
    data = {"key": key.key_id.hex(), "private": str(out), "public": str(_public(out))}
    tool.finish(data, tool.pick(f"已生成恢复密钥 {data['key']}：{out}", f"Made recovery key {data['key']}: {out}"))
    tool.say(
        "私钥文件和口令分开保管，各存两份，不要留在这台机器上。\n"
        "下一步：titlecert backup --to 目录，然后用 titlecert restore --check 试一次能不能打开。",
        "Keep the private file and its passphrase apart, two copies of each, and not on this machine.\n"
        "Next: `titlecert backup --to DIR`, then try once with `titlecert restore --check` whether it opens.",
    )


@command(app, "use-key")
def use_key(
    run: Run,
    public: Annotated[
        Path, typer.Argument(metavar="FILE", help="恢复密钥的公钥文件（.pub）。The public half of a recovery key.")
    ],
    replace: Replace = False,
) -> None:
    """采用在别处生成的恢复密钥的公钥。Use a recovery key that was made elsewhere.

    \b
    例 Example:
      titlecert backup use-key recovery.key.json.pub --home ./office
    """
    tool = run.tool
    try:
        key = RecoveryPublicKey.parse(public.expanduser().read_bytes()[: MAX_KEY_BYTES + 1])
    except CredentialError as error:
        raise UsageError(
            "recovery_key_file",
            f"{public} 不是恢复密钥的公钥文件（以 .pub 结尾的那一个）",
            f"{public} is not the public half of a recovery key (the file that ends in .pub)",
        ) from error
    with open_home(run) as opened:
        backups.use_key(opened, local_actor(), key, replace=replace)
    found = key.key_id.hex()
    tool.finish({"key": found}, tool.pick(f"备份改用恢复密钥 {found}", f"Backups are encrypted to key {found}"))


@command(app, "journal")
def keep_journal(
    run: Run,
    folder: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="日志目录，放在另一块盘上。Its folder, on another disk."),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="不再写日志。Keep no journal from now on.")] = False,
) -> None:
    """日志：每一项改动一秒内另存到另一块盘；不写选项就显示现状。The journal of every change, on another disk.

    \b
    例 Example:
      titlecert backup journal --to /journal --home ./office
      titlecert backup journal --home ./office
    """
    tool = run.tool
    if folder is not None and none:
        raise UsageError("journal_options", "--to 和 --none 只能写一项", "give --to or --none, not both")
    with open_home(run) as opened:
        if folder is not None:
            backups.keep_journal(opened, local_actor(), folder.expanduser())
        elif none:
            backups.end_journal(opened, local_actor())
        found = backups.journal_of(opened)
    nothing = tool.pick("没有写日志", "No journal is kept")
    tool.finish({"journal": _journal_plain(found)}, nothing if found is None else _journal_told(tool, found))
    if found is not None and not found.is_based:
        tool.say(
            "日志接着备份之后：请现在就做一次备份，没有备份它什么也恢复不了。",
            "A journal goes on from a backup: make one now, without it nothing can be restored.",
        )


@command(app, "list")
def list_all(run: Run, to: To = None) -> None:
    """列出目录里本部署的备份，新的在前。List the backups of this deployment in a folder, newest first.

    \b
    例 Example:
      titlecert backup list --to /backup --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = [_listed(each) for each in backups.listed(opened, _folder(to))]
        newest = backups.last(opened)
    pairs = (("备份时刻", "made"), ("大小", "size"), ("恢复密钥", "key"), ("文件", "file"))
    rows = [(local_time(e["made"]), _size(e["size"]), e["key"], Path(e["file"]).name) for e in found]
    nothing = tool.pick("这个目录里没有本部署的备份", "There is no backup of this deployment in this folder")
    made = None if newest is None else newest.ended.isoformat()
    data = {"backups": found, "last_made": made}
    tool.finish(data, tool.table(pairs, rows, kept=("made", "size", "key")) if found else nothing)


def _folder(to: Path | None) -> Path:
    if to is None:
        raise UsageError(
            "no_backup_folder",
            "没有写明备份放在哪里：请加 --to 目录",
            "where backups are was not said: add --to DIR",
        )
    return to.expanduser()


def _public(private: Path) -> Path:
    return private.with_name(f"{private.name}.pub")


def _require_none(place: Path) -> None:
    if place.exists():
        raise UsageError(
            "recovery_key_there",
            f"已有恢复密钥：{place}；要换一把，请加 --replace",
            f"there is a recovery key already: {place}; add --replace to change it",
        )


def _size(count: int) -> str:
    return f"{count / (1 << 20):.1f} MiB"


def _listed(found: Found) -> dict[str, Any]:
    return {
        "made": found.head.made.isoformat(),
        "size": found.size,
        "key": found.head.key_id.hex(),
        "file": str(found.path),
    }


def _plain(made: Backup) -> dict[str, Any]:
    return {
        "file": str(made.path),
        "size": made.size,
        "sha256": made.digest.hex(),
        "key": made.key_id.hex(),
        "made": made.began.isoformat(),
        "rows": made.rows,
        "certificates": made.certificates,
        "files": made.files,
        "desk": made.has_desk,
        "removed": list(map(str, made.removed)),
    }


def _told(tool: Tool, made: Backup) -> str:
    size, key, removed = _size(made.size), made.key_id.hex(), len(made.removed)
    zh = (
        f"已备份到 {made.path}：{made.certificates} 张证书、{made.rows} 行、{made.files} 个文件，{size}，恢复密钥 {key}"
    )
    en = f"Backed up to {made.path}: {made.certificates} certificates, {made.rows} rows, {made.files} files, {size}, "
    en += f"recovery key {key}"
    if removed:
        zh, en = f"{zh}；按规则删除旧备份 {removed} 份", f"{en}; removed {removed} older ones"
    return tool.pick(zh, en)


def _journal_plain(found: Journal | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "id": found.id,
        "folder": found.folder,
        "began": found.began.isoformat(),
        "written": None if found.written is None else found.written.isoformat(),
        "waiting": found.waiting,
        "failing_since": None if found.failing_since is None else found.failing_since.isoformat(),
        "failure": found.failure,
        "based": found.is_based,
    }


def _journal_told(tool: Tool, found: Journal) -> str:
    written = tool.pick("还没有", "not yet") if found.written is None else local_time(found.written.isoformat())
    pairs = [
        (tool.pick("目录", "Folder"), found.folder),
        (tool.pick("最近写入", "Last written"), written),
        (tool.pick("还没有写入的改动", "Changes not written yet"), str(found.waiting)),
    ]
    if found.failing_since is not None:
        since = local_time(found.failing_since.isoformat())
        zh, en = reported(str(found.failure), {}, str(found.failure))
        label = tool.pick("写不进去，从", "Cannot be written, since")
        pairs.append((label, tool.pick(f"{since}（{zh}）", f"{since} ({en})")))
    return tool.facts(pairs)
