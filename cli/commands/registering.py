"""``titlecert register``: is everything in it as it was signed, and what a restoration left to do.

Rules: it proves and changes nothing; a run that was ended goes on where it was. What is found ends with exit code 1.

    titlecert register verify --home ./office
    titlecert register found --home ./office
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

import typer

from cli import exits
from cli.errors import reported
from cli.framing import Run, command, group
from cli.opening import open_home
from cli.options import SERVICE, Events
from cli.progress import progress
from cli.stopping import Left, going_on
from cli.tool import Tool
from issuer.services import proving, restoring
from issuer.services.proving import Finding, Proven
from issuer.services.restoring import FoundEvent

app = group()

_STAYS = Left(
    zh="已证实的不会丢失；再运行一次就接着往下查",
    en="what is proven is kept; another run goes on from there",
)


@command(app, "verify", passphrases=(SERVICE,))
def verify(
    run: Run,
    anew: Annotated[bool, typer.Option("--anew", help="从头查起。Begin from the first certificate.")] = False,
    tables: Annotated[
        bool, typer.Option("--tables", help="列出每张表凭什么证实。Say of each table what proves it, or why nothing.")
    ] = False,
    events: Events = False,
) -> None:
    """逐张证实证书，逐表核对登记簿：签名、批准、历史、公布。Prove every certificate and table by what was signed.

    \b
    例 Example:
      titlecert register verify --home ./office
    """
    tool = run.tool
    tool.console.events = events
    with (
        open_home(run) as opened,
        going_on(run, "register", "verify", done=lambda: _STAYS),
        progress(tool, "prove") as (step,),
    ):
        found = proving.verify(opened, anew=anew, step=step)
    code = exits.FAILED if found.findings else 0
    data = _plain(tool, found)
    tool.finish(data, _told(tool, found), exit_code=code)
    if found.publication is not None:
        zh, en = reported(found.publication.code, found.publication.fields, str(found.publication))
        tool.say(f"公布目录没有一起核对：{zh}", f"The publication was not compared: {en}")
    if tables:
        pairs = (("表", "table"), ("凭什么证实，或为什么不能", "proven by what, or why not"))
        whys = [*data["proven_by"].items(), *data["not_proven"].items()]
        tool.say(*[tool.table(pairs, whys, kept=("table",), flowing=True)] * 2)
    if found.fallen:
        tool.say(
            f"其中 {found.fallen} 张查验为不真实：信任根签署了签发密钥更早失密。",
            f"{found.fallen} of them are not authentic to readers: the root signed that their key was stolen earlier.",
        )
    if found.waiting:
        tool.say(
            f"有 {found.waiting} 处登记还没有由根密钥签署：titlecert publish --trust 会列出，签署前请看清。",
            f"{found.waiting} members wait for the root's signature: `titlecert publish --trust` lists them; look "
            "before it is signed.",
        )


@command(app, "found")
def found_events(run: Run) -> None:
    """恢复以后要重新办理的变动：公众见过，登记簿里没有。What to order anew after a restoration.

    全部办完以前不公布任何内容。
    Nothing is published before all of it is done.

    \b
    例 Example:
      titlecert register found --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = restoring.found_events(opened)
    left = [each for each in found if not each.is_settled]
    rows = [
        (each.number, tool.name("act", _ACT.get(str(each.said["kind"]), "issue")), each.said["effective"], _order(each))
        for each in left
    ]
    pairs = (("证书编号", "number"), ("办理", "act"), ("生效", "effective"), ("命令", "command"))
    nothing = tool.pick("没有要重新办理的变动", "There is nothing to order anew")
    data = {"found": [_found(each) for each in found], "left": len(left)}
    tool.finish(data, tool.table(pairs, rows, kept=("number", "act", "effective"), flowing=True) if rows else nothing)


_ACT = {"suspended": "suspend", "reinstated": "reinstate", "withdrawn": "withdraw", "cancelled": "cancel"}


def _order(each: FoundEvent) -> str:
    """The command that orders it anew, as far as one does."""
    said = each.said
    act = _ACT.get(str(said["kind"]))
    if act is None:
        return "-"
    words = [
        f"titlecert {act} {each.number} --as OPERATOR",
        f"--authority {said['authority']}",
        f"--reason {said['reason']}",
    ]
    words += [f"--basis '{said['basis']}'", f"--document '{said['document']}'", f"--effective {said['effective']}"]
    return " ".join(words)


def _found(each: FoundEvent) -> dict[str, Any]:
    return {"number": each.number, "ordinal": each.ordinal, "settled": each.is_settled, **each.said}


def _plain(tool: Tool, found: Proven) -> dict[str, Any]:
    return {
        "certificates": found.certificates,
        "continued": found.continued,
        "entries": found.entries,
        "fallen": found.fallen,
        "findings": [
            {"table": e.table, "object": e.object, "code": e.code, "message": _words(tool, e)} for e in found.findings
        ],
        "more": found.more,
        "proven_by": _whys(tool, "proven_by", proving.PROVEN),
        "not_proven": _whys(tool, "not_proven", proving.NOT_PROVEN),
        "waiting_for_root": found.waiting,
        "publication": None if found.publication is None else found.publication.code,
    }


def _whys(tool: Tool, kind: str, tables: Collection[str]) -> dict[str, str]:
    """Why each table is proven or not, in the reader's language."""
    return {each: tool.name(kind, each) for each in sorted(tables)}


def _words(tool: Tool, each: Finding) -> str:
    zh, en = reported(each.code, each.fields, each.message)
    return tool.pick(zh, en)


def _told(tool: Tool, found: Proven) -> str:
    if not found.findings:
        return tool.pick(
            f"登记簿与所签一致：{found.certificates} 张证书、审计 {found.entries} 条，逐一证实",
            f"The register is as it was signed: {found.certificates} certificates and {found.entries} audit entries "
            "were proven",
        )
    rows = [(each.table, each.object, _words(tool, each)) for each in found.findings]
    pairs = (("表", "table"), ("哪一行", "row"), ("问题", "what is wrong"))
    head = tool.pick(
        f"发现 {len(found.findings) + found.more} 处与所签不一致", f"{len(found.findings) + found.more} findings"
    )
    return f"{head}\n{tool.table(pairs, rows, kept=('table', 'row'), flowing=True)}"
