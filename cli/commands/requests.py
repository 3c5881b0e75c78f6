"""``titlecert request``: what holders ask at the desk, and the office's answers.

titlecert request list --home ./office
titlecert request answer Z1JGe9SDw_9Dd9kX_xF-2g --outcome done --text 已更正 --home ./office
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from cli.console import local_time
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE
from cli.tool import Tool
from credential import days
from issuer.services import requests
from issuer.services.requests import ListedRequest

app = group()

RequestId = Annotated[
    str, typer.Argument(metavar="REQUEST", help="申请编号，见 request list。Its id, see request list.")
]


@command(app, "list")
def list_all(
    run: Run,
    every: Annotated[bool, typer.Option("--all", help="已答复的也列出。Those that are answered too.")] = False,
) -> None:
    """列出持证人的申请，最急的在前。List holders' requests, the most urgent first.

    \b
    例 Example:
      titlecert request list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = requests.listed(opened, with_answered=every)
        year, path = requests.year_without_holidays(opened), opened.home.holders
    if year is not None:
        tool.say(
            f"{path} 的 desk.holidays 里没有 {year} 年的节假日，期限按周一至周五计算；节假日公布以后请写入。",
            f"{path} names no holidays of {year} in desk.holidays, so deadlines count Monday to Friday; "
            "write them into it when they are announced.",
        )
    pairs = (("编号", "id"), ("事项", "kind"), ("期限", "due"), ("状态", "state"))
    rows = [(each.id, tool.name("request", each.kind), _last_day(each.due), _state(tool, each)) for each in found]
    text = tool.table(pairs, rows, kept=("id",)) if found else tool.pick("没有待答复的申请", "No request waits")
    tool.finish({"requests": [_plain(each) for each in found]}, text)


@command(app, "show", passphrases=(SERVICE,))
def show(run: Run, request: RequestId) -> None:
    """打开一个申请；谁打开了会记入审计。Open a request; that you did is noted in the audit.

    \b
    例 Example:
      titlecert request show Z1JGe9SDw_9Dd9kX_xF-2g --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = requests.shown(opened, local_actor(), request)
    facts = [
        (tool.pick("编号", "Request"), request),
        (tool.pick("事项", "Kind"), tool.name("request", found.request.kind)),
        (tool.pick("姓名", "Name"), found.name),
        (tool.pick("证书编号", "Certificate"), found.certificate or "-"),
        (tool.pick("哪一项", "About"), found.subject or "-"),
        (tool.pick("说明", "Text"), found.text),
        (tool.pick("联系方式", "Contact"), found.contact or "-"),
        (tool.pick("提交", "Sent"), _time(found.request.made)),
        (tool.pick("期限", "Due"), _last_day(found.request.due)),
        (tool.pick("状态", "State"), _state(tool, found.request)),
        (tool.pick("答复", "Answer"), found.answer or "-"),
    ]
    data = _plain(found.request) | {
        "name": found.name,
        "certificate": found.certificate,
        "subject": found.subject,
        "text": found.text,
        "contact": found.contact,
        "answer": found.answer,
    }
    tool.finish(data, tool.facts(facts))


@command(app, "answer", passphrases=(SERVICE,))
def answer(
    run: Run,
    request: RequestId,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            metavar="WORD",
            help="done 已办理、declined 不予办理、passed_on 已转有关机关。One of done, declined, passed_on.",
        ),
    ],
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="持证人看到的答复。What the holder reads.")],
) -> None:
    """答复一个申请；持证人登录后看到。Answer a request; the holder reads it at the desk.

    \b
    例 Example:
      titlecert request answer Z1JGe9SDw_9Dd9kX_xF-2g --outcome done --text 已更正，请下载新证书 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = requests.answer(opened, local_actor(), request, outcome=outcome, text=text)
    tool.finish(_plain(found), tool.pick(f"已答复 {request}", f"Answered {request}"))
    tool.say("后台服务会把答复送到持证人网页。", "The worker lays the answer where the holder finds it.")


def _time(instant: datetime) -> str:
    return local_time(instant.isoformat())


def _last_day(due: datetime) -> str:
    """The last day on which an answer is in time, as the holder is told it."""
    return days.day_of(due - timedelta(microseconds=1)).isoformat()


def _state(tool: Tool, each: ListedRequest) -> str:
    if each.outcome is not None:
        return tool.name("answered", each.outcome)
    return tool.pick("已逾期", "late") if each.is_late else tool.pick("待答复", "waiting")


def _plain(each: ListedRequest) -> dict[str, Any]:
    return {
        "id": each.id,
        "kind": each.kind,
        "made": each.made.isoformat(),
        "due": each.due.isoformat(),
        "late": each.is_late,
        "outcome": each.outcome,
        "answered": None if each.answered is None else each.answered.isoformat(),
        "answered_by": each.answered_by,
    }
