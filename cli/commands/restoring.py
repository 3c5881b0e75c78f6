"""``titlecert restore``: a home of a backup, and of the journal that goes on from it, in a new directory.

Rules: nothing is written over. Without ``--yes`` the backup is read to its end and nothing is made. ``--check`` makes
a home that is thrown away, and proves every certificate in it: it tries the recovery key, the backup and the journal.

    titlecert restore copy.titlecert-backup --key recovery.key.json --check
    titlecert restore copy.titlecert-backup --key recovery.key.json --journal /journal --yes --home ./office
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from cli import exits
from cli.commands.backups import RecoveryPassphraseFile
from cli.console import local_time
from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.opening import Asking, local_actor
from cli.options import SERVICE, Events, Yes
from cli.progress import progress
from cli.recovering import opened_key
from cli.tool import Tool
from issuer.home import opening
from issuer.home.paths import Home
from issuer.services import proving, restoring
from issuer.services.restoring import Plan, Restoration, Source, Wanted
from keys.recovery import RecoveryKey

app = group()

Backup = Annotated[Path, typer.Argument(metavar="BACKUP", help="备份文件。The file of the backup.")]
Key = Annotated[
    Path, typer.Option("--key", metavar="FILE", help="恢复密钥的私钥文件。The private file of the recovery key.")
]
Journal = Annotated[
    Path | None,
    typer.Option("--journal", metavar="DIR", help="日志目录，接着备份之后。The folder of the journal behind it."),
]
Publication = Annotated[
    Path | None,
    typer.Option(
        "--publication",
        metavar="DIR",
        help="公众现有的公布目录的一份副本，用来查出备份以后公布过什么。A copy of what the public has, to find "
        "what was published after the backup.",
    ),
]
Margin = Annotated[
    int | None,
    typer.Option(
        "--margin",
        metavar="N",
        min=0,
        max=restoring.MOST_SKIPPED,
        help="每个号码序列跳过多少个号：备份以后可能已经用掉的；没有日志时必须写。Numbers of each counter to "
        "skip, which may have been used since; needed without a journal.",
    ),
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="URL",
        help="登记簿放进哪个数据库，默认是目录里的文件。Database of the new register.",
    ),
]


Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="恢复到临时目录，逐张证实证书，然后删除：试恢复密钥、备份和日志。Restore to a temporary place, prove "
        "every certificate, and throw it away.",
    ),
]


@command(app, "restore", passphrases=(SERVICE,))
def restore(
    run: Run,
    backup: Backup,
    key: Key,
    journal: Journal = None,
    publication: Publication = None,
    margin: Margin = None,
    database: Database = "",
    recovery_passphrase_file: RecoveryPassphraseFile = None,
    check: Check = False,
    yes: Yes = False,
    events: Events = False,
) -> None:
    """从备份和日志恢复部署，放进新目录；不加 --yes 只查看。Restore a home into a new directory; --yes does it.

    \b
    例 Example:
      titlecert restore copy.titlecert-backup --key recovery.key.json --check
      titlecert restore copy.titlecert-backup --key recovery.key.json --journal /journal --yes --home ./office
    """
    tool = run.tool
    tool.console.events = events
    source = Source(backup=_file(backup), journal=None if journal is None else journal.expanduser())
    recovery = opened_key(run, key, recovery_passphrase_file)
    if check:
        _tried(run, source, recovery, margin)
        return
    if not yes:
        plan = restoring.plan(source, recovery)
        tool.finish(_planned(plan), _told_plan(tool, plan))
        tool.say("没有改动。加 --yes 就恢复到 --home 的目录。", "Nothing was made. --yes restores it to --home.")
        return
    wanted = Wanted(
        actor=local_actor(),
        database=database,
        margin=margin,
        publication=None if publication is None else publication.expanduser(),
    )
    directory = run.directory.absolute()
    opening.require_free(directory)
    with progress(tool, "restore") as (step,), opening.unfinished(directory) as place:
        done = restoring.restore(source, place, recovery, wanted, environment=os.environ, now=tool.now(), step=step)
    tool.finish(_plain(done, directory), _told(tool, done, directory))
    tool.say(*_next(done))


def _tried(run: Run, source: Source, recovery: RecoveryKey, margin: int | None) -> None:
    """Restore to a place that is thrown away, and prove everything in it."""
    tool = run.tool
    wanted = Wanted(actor=local_actor(), database="", margin=margin or 0, publication=None)
    with TemporaryDirectory(prefix="titlecert-check-") as folder, progress(tool, "restore", "prove") as (step, prove):
        place = Path(folder) / "home"
        place.mkdir(mode=0o700)
        done = restoring.restore(source, place, recovery, wanted, environment={}, now=tool.now(), step=step)
        asking = Asking(run, place / "secrets")
        with opening.open_home(Home.open(place), asking, clock=tool.clock, cost=tool.cost) as opened:
            proven = proving.verify(opened, anew=True, step=prove)
    code = exits.FAILED if proven.findings else 0
    data = _plain(done, None) | {"findings": len(proven.findings) + proven.more, "proven": proven.certificates}
    count = len(proven.findings) + proven.more
    until, entries = local_time(done.until.isoformat()), _journal(tool, done)
    said = tool.pick(
        f"恢复密钥、备份和日志都能用：恢复到 {until}，日志 {entries}，{proven.certificates} 张证书逐一证实",
        f"Recovery key, backup and journal do: restored to {until}, journal {entries}, "
        f"{proven.certificates} certificates were proven",
    )
    wrong = tool.pick(
        f"能恢复，但有 {count} 处与所签不一致：恢复后用 titlecert register verify 查看",
        f"It can be restored; {count} rows differ from what was signed: then run `titlecert register verify`",
    )
    tool.finish(data, wrong if count else said, exit_code=code)


def _file(backup: Path) -> Path:
    path = backup.expanduser()
    if not path.is_file():
        raise UsageError("no_backup", f"没有备份文件 {path}", f"there is no backup at {path}")
    return path


def _planned(plan: Plan) -> dict[str, Any]:
    return {
        "restored": False,
        "deployment": plan.head.deployment,
        "made": plan.head.made.isoformat(),
        "key": plan.head.key_id.hex(),
        "rows": plan.manifest.rows,
        "files": len(plan.manifest.files),
        **plan.manifest.said,
    }


def _told_plan(tool: Tool, plan: Plan) -> str:
    said, manifest = plan.manifest.said, plan.manifest
    made = local_time(plan.head.made.isoformat())
    return tool.pick(
        f"备份完好：{plan.head.deployment}，{made}，{said['certificates']} 张证书、{manifest.rows} 行、"
        f"{len(manifest.files)} 个文件",
        f"The backup is whole: {plan.head.deployment} at {made}, {said['certificates']} certificates, "
        f"{manifest.rows} rows, {len(manifest.files)} files",
    )


def _plain(done: Restoration, directory: Path | None) -> dict[str, Any]:
    seen = done.seen
    return {
        "restored": directory is not None,
        "home": None if directory is None else str(directory),
        "backup_made": done.backup_made.isoformat(),
        "until": done.until.isoformat(),
        "entries": done.entries,
        "torn": done.torn,
        "missing": done.missing,
        "skipped_numbers": done.margin,
        "snapshots_from": done.sequence + 1,
        "unknown_certificates": None if seen is None else seen.unknown,
        "found_events": None if seen is None else len(seen.found),
        "differing": None if seen is None else list(seen.differing),
        "taken_in": None if seen is None else seen.taken,
    }


def _told(tool: Tool, done: Restoration, directory: Path) -> str:
    pairs = [
        (tool.pick("已恢复到", "Restored to"), str(directory)),
        (tool.pick("登记簿的时刻", "State of the register"), local_time(done.until.isoformat())),
        (tool.pick("备份的时刻", "Backup of"), local_time(done.backup_made.isoformat())),
        (tool.pick("日志", "Journal"), _journal(tool, done)),
        (tool.pick("跳过的号码", "Numbers skipped"), str(done.margin)),
        (tool.pick("下一期公布", "Next snapshot"), str(done.sequence + 1)),
    ]
    if done.seen is not None:
        pairs += [
            (tool.pick("无人知道的证书", "Certificates nobody knows"), str(done.seen.unknown)),
            (tool.pick("要重新办理的变动", "Changes to order anew"), str(len(done.seen.found))),
        ]
    return tool.facts(pairs)


def _journal(tool: Tool, done: Restoration) -> str:
    if done.entries is None:
        return tool.pick("没有", "none")
    said = tool.pick(f"{done.entries} 条", f"{done.entries} entries")
    if done.missing is not None:
        said += tool.pick(
            f"，缺第 {done.missing} 条，其后的没有采用", f"; entry {done.missing} lacks, later ones are out"
        )
    if done.torn:
        said += tool.pick(f"，末尾一条没有写完（{done.torn} 字节）", f"; the last was cut ({done.torn} bytes)")
    return said


def _next(done: Restoration) -> tuple[str, str]:
    zh = "下一步：\n  1. titlecert register verify，证实每张证书"
    en = "Next:\n  1. `titlecert register verify` proves every certificate"
    if done.seen is not None and done.seen.found:
        zh += "\n  2. titlecert register found，按所列重新办理；办完以前不公布任何内容"
        en += "\n  2. `titlecert register found` lists what to order anew; nothing is published before that is done"
    zh += "\n  然后 titlecert publish --anew，看过以后加 --yes；根密钥和口令文件不在备份里，要另外放回。"
    en += (
        "\n  Then `titlecert publish --anew`, and with --yes. The root key and files of passphrases are in no backup; "
        "put them back."
    )
    return zh, en
