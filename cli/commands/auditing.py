"""``titlecert audit``: what was done, by whom, when; and whether the record of it is whole.

titlecert audit verify --head 2026-11-30.jws --home ./office
titlecert audit list --of 99000020262000001 --home ./office
titlecert audit export --output head.jws --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import exits
from cli import output as outputs
from cli.acts import act_name
from cli.console import local_time
from cli.framing import Run, command, group
from cli.hints import headline
from cli.opening import open_home
from cli.options import SERVICE
from cli.progress import progress
from cli.tool import Tool
from credential.errors import CodedError
from issuer.services import auditing
from issuer.services.auditing import Difference, HeadFile, Keeper, Listed, Verified

app = group()

_KEEPERS: Final = {
    Keeper.SNAPSHOT: ("公布", "snapshots"),
    Keeper.OPERATORS: ("办理人名单", "file of operators"),
    Keeper.FILE: ("导出文件", "exported files"),
    Keeper.WITNESS: ("见证", "witnesses"),
}
_KEPT_BY: Final = {
    Keeper.SNAPSHOT: ("公布第 {} 期", "snapshot {}"),
    Keeper.OPERATORS: ("停用 {} 的办理人名单", "the file of operators that ended {}"),
    Keeper.FILE: ("导出文件 {}", "the exported file {}"),
    Keeper.WITNESS: ("见证 {}", "the witness {}"),
}
_FAULTS: Final = {
    "altered": ("的内容被改动过", "is not what was written"),
    "not_following": ("与前一条接不上", "does not follow the one before"),
    "missing": ("不见了", "is gone"),
    "other_head": ("与留存的不同", "is another one than was kept"),
    "unchained": ("既不在审计链里，也不在等待入链", "is neither in the chain nor waits for its place"),
    "removed": ("还没有入链就不见了", "was gone before it came into the chain"),
}
_WITHOUT_PLACE: Final = frozenset({"unchained", "removed"})
"""Of these the number is the entry's id."""

Heads = Annotated[
    list[Path] | None,
    typer.Option("--head", metavar="FILE", help="导出的链头，可以多个。An exported head; may be given several times."),
]
Witness = Annotated[
    list[Path] | None,
    typer.Option(
        "--witness", metavar="FILE", help="见证留存的链头，每行“条数 链头”。A witness's copy, lines LENGTH HEAD."
    ),
]


@command(app, "verify")
def verify(run: Run, head: Heads = None, witness: Witness = None) -> None:
    """核对整条审计链和全部留存的链头；有差异时退出码 1。Verify the whole chain against every kept head.

    链头留存在：公布的快照、管理员签署的办理人名单、每天导出的文件、外来的文件和见证。
    Heads are kept in snapshots, in the file of operators, in the daily files, and in what is brought along.

    \b
    例 Example:
      titlecert audit verify --head 2026-11-30.jws --witness heads.txt --home ./office
    """
    tool = run.tool
    with open_home(run) as opened, progress(tool, "audit") as (step,):
        found = auditing.verify(opened, files=_read(head), witnesses=_read(witness), step=step)
    tool.finish(_plain(found), _text(tool, found), exit_code=exits.DONE if found.is_intact else exits.FAILED)
    if not found.is_intact:
        tool.say(
            "下一步：停下后台服务，保留一份登记簿，通知管理员，用备份比对。",
            "Next: stop the worker, keep a copy of the register, tell an administrator, compare with a backup.",
        )


@command(app, "list")
def list_all(
    run: Run,
    of: Annotated[
        str | None,
        typer.Option("--of", metavar="ID", help="证书编号、批次或办理人。Of a certificate, a batch or an operator."),
    ] = None,
    before: Annotated[
        int | None,
        typer.Option("--before", metavar="N", min=1, help="从这个序号之前列起。Begin before this place in the chain."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="最多几条。At most so many.")] = 50,
) -> None:
    """谁在什么时候办了什么，最新的在前。Who did what, when, by which signature; newest first.

    \b
    例 Example:
      titlecert audit list --of 99000020262000001 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        more = auditing.listed(opened, of=of, before=before, limit=limit + 1)
    found = more[:limit]
    behind = found[-1].entry.ordinal if len(more) > limit else None
    pairs = (
        ("序号", "n"),
        ("时间", "time"),
        ("办理人", "who"),
        ("事项", "what"),
        ("对象", "object"),
        ("签字", "statement"),
    )
    tool.finish(
        {"entries": [_entry(tool, each) for each in found], "before": behind},
        tool.table(pairs, [_row(tool, each) for each in found], kept=("n", "time", "object")),
    )
    if behind is not None:
        tool.say(
            f"还有更早的没有列出；加 --before {behind} 接着列。",
            f"Older ones are not shown; --before {behind} goes on.",
        )


@command(app, "export", passphrases=(SERVICE,))
def export(
    run: Run,
    output: Annotated[Path, outputs.out_option("--output", "jws", "写到哪里。Where to write the head.")],
) -> None:
    """导出现在的链头，由公布密钥签署，供存档；不覆盖已有文件。Write the present head, signed, to a new file.

    \b
    例 Example:
      titlecert audit export --output head.jws --home ./office
    """
    tool = run.tool
    outputs.check(output, option="--output")
    with open_home(run) as opened:
        token, dated = auditing.export(opened)
    outputs.write(output, f"{token}\n".encode("ascii"), option="--output")
    data = {
        "file": str(output),
        "length": dated.head.length,
        "head": dated.head.head.hex(),
        "at": dated.at.isoformat(),
    }
    length = dated.head.length
    tool.finish(data, tool.pick(f"已写入 {output}：审计 {length} 条", f"Wrote {output}: {length} entries"))


def _read(paths: Sequence[Path] | None) -> list[HeadFile]:
    return [HeadFile(name=each.name, data=each.read_bytes()) for each in paths or ()]


def _plain(found: Verified) -> dict[str, Any]:
    return {
        "intact": found.is_intact,
        "entries": found.entries,
        "waiting": found.waiting,
        "compared": {each.value: found.compared.get(each, 0) for each in Keeper},
        "difference": None if found.difference is None else _difference(found.difference),
        "unproven": [{"keeper": each.keeper.value, "name": each.name, "why": each.why} for each in found.unproven],
    }


def _difference(found: Difference) -> dict[str, Any]:
    kept = found.kept
    return {
        "ordinal": found.ordinal,
        "fault": found.fault.value,
        "good_until": found.good,
        "head": None
        if kept is None
        else {
            "keeper": kept.keeper.value,
            "name": kept.name,
            "length": kept.head.length,
            "head": kept.head.head.hex(),
        },
    }


def _text(tool: Tool, found: Verified) -> str:
    total = sum(found.compared.values())
    kinds = "，".join(f"{_KEEPERS[each][0]} {found.compared.get(each, 0)}" for each in Keeper)
    kinds_en = ", ".join(f"{_KEEPERS[each][1]} {found.compared.get(each, 0)}" for each in Keeper)
    heads = tool.pick(f"留存的链头 {total} 个（{kinds}）", f"Heads that are kept: {total} ({kinds_en})")
    lines = [heads]
    for each in found.unproven:
        where = tool.pick(*_KEPT_BY[each.keeper]).format(each.name)
        lines.append(
            tool.pick(f"{where} 不能证实：{headline(each.code, CodedError)[0]}", f"{where} proves nothing: {each.why}")
        )
    if found.difference is None:
        lines.append(
            tool.pick(
                f"审计链完整：{found.entries} 条，与全部留存的链头一致",
                f"The audit is whole: {found.entries} entries, as every kept head says",
            )
        )
    else:
        lines += _different(tool, found.difference)
    if found.waiting:
        lines.append(
            tool.pick(
                f"另有 {found.waiting} 条等待入链",
                f"{found.waiting} more entries wait for their place in the chain",
            )
        )
    return "\n".join(lines)


def _different(tool: Tool, found: Difference) -> list[str]:
    zh, en = _FAULTS[found.fault.value]
    if found.fault.value in _WITHOUT_PLACE:
        named = (f"登记号为 {found.ordinal} 的审计记录", f"The audit entry with the id {found.ordinal}")
    else:
        named = (f"审计第 {found.ordinal} 条", f"Audit entry {found.ordinal}")
    lines = [tool.pick(f"{named[0]}{zh}", f"{named[1]} {en}")]
    if found.kept is not None:
        where = tool.pick(*_KEPT_BY[found.kept.keeper]).format(found.kept.name)
        length = found.kept.head.length
        lines.append(
            tool.pick(
                f"与{where}所记的链头（{length} 条）矛盾", f"This contradicts the head of {length} entries in {where}"
            )
        )
    if found.fault.value == "other_head":
        lines.append(
            tool.pick(
                f"改动在第 {found.good + 1} 条到第 {found.ordinal} 条之间",
                f"What differs is between entries {found.good + 1} and {found.ordinal}",
            )
        )
    return lines


def _entry(tool: Tool, each: Listed) -> dict[str, Any]:
    entry = each.entry
    return {
        "ordinal": entry.ordinal,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "act": entry.act,
        "act_name": act_name(tool, entry.act),
        "object": entry.subject,
        "statement": each.statement,
        "statement_digest": entry.statement,
        "details": dict(entry.details),
    }


def _row(tool: Tool, each: Listed) -> tuple[object, ...]:
    entry = each.entry
    digest = None if entry.statement is None else entry.statement[:16]
    at = local_time(entry.at.isoformat())
    place = entry.ordinal or tool.pick("未入链", "not yet")
    return (place, at, entry.actor, act_name(tool, entry.act), entry.subject, digest)
