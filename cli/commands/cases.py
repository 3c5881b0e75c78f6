"""``titlecert case``: complaints and reports about certificates, by an operator's signed statement.

Rules: nothing happens without ``--yes``. Who complained is kept sealed, and need not be known. A list opens nothing;
who opens a case stands in the audit. A case changes no certificate: suspending and withdrawing are orders of their own.

    titlecert case open --kind complaint --text … --document 示人社访〔2026〕1号 --authority sf-hrss --as clerk1 --yes
    titlecert case list --overdue --home ./office
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.console import local_time
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, AuthorityId, Yes
from cli.tool import Tool
from credential.history import Act
from issuer.home.opened import Opened
from issuer.services import cases
from issuer.services.cases import ListedCase, Planned

app = group()

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="案件编号，见 case list。Its id, see case list.")]
Document = Annotated[
    str, typer.Option("--document", metavar="NUMBER", help="登记或决定的文号。Number of the document.")
]
Text = Annotated[str, typer.Option("--text", metavar="TEXT", help="内容；加密存放。What it says; it is kept sealed.")]


@command(app, "open", passphrases=(OPERATOR, SERVICE))
def open_case(
    run: Run,
    kind: Annotated[
        str, typer.Option("--kind", metavar="WORD", help="complaint 投诉举报，report 移送。One of complaint, report.")
    ],
    text: Text,
    document: Document,
    authority: AuthorityId,
    acting_as: ActingAs,
    numbers: Annotated[
        list[str] | None, typer.Option("--certificate", metavar="NUMBER", help="涉及的证书，可以多个。Certificates.")
    ] = None,
    name: Annotated[
        str,
        typer.Option("--from", metavar="NAME", help="投诉举报人；匿名的不写。Who complains, if known."),
    ] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="TEXT", help="联系方式。How to reach them.")] = "",
    yes: Yes = False,
) -> None:
    """受理投诉举报或移送，可以匿名；不加 --yes 只说明。Take in a complaint or report, anonymous ones too.

    \b
    例 Example:
      titlecert case open --kind complaint --text 业绩材料造假 --certificate 99000020262000001 \\
        --document 示人社访〔2026〕1号 --authority sf-hrss --as clerk1 --yes --home ./office
    """
    with open_home(run) as opened:
        planned = cases.plan_open(
            opened,
            authority=authority,
            kind=kind,
            document=document,
            text=text,
            numbers=numbers or (),
            name=name,
            contact=contact,
        )
        _act(run, opened, planned, acting_as, yes=yes)


@command(app, "link", passphrases=(OPERATOR, SERVICE))
def link(
    run: Run,
    case: CaseId,
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="证书编号，可以多个。Certificates.")],
    document: Document,
    acting_as: ActingAs,
    yes: Yes = False,
) -> None:
    """写明案件涉及哪些证书。Say which certificates a case is about.

    \b
    例 Example:
      titlecert case link CASE 99000020262000001 --document 示人社核〔2026〕8号 --as clerk1 --yes --home ./office
    """
    with open_home(run) as opened:
        planned = cases.plan(opened, Act.CASE_LINK, case, document=document, numbers=numbers)
        _act(run, opened, planned, acting_as, yes=yes)


@command(app, "decide", passphrases=(OPERATOR, SERVICE))
def decide(
    run: Run,
    case: CaseId,
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            metavar="WORD",
            help="founded 属实、partly 部分属实、unfounded 不属实、no_finding 无法查明。One of these words.",
        ),
    ],
    text: Text,
    document: Document,
    acting_as: ActingAs,
    yes: Yes = False,
) -> None:
    """记下查明的结果；撤销、恢复证书另行办理。Put on record what was found; certificates are changed apart.

    \b
    例 Example:
      titlecert case decide CASE --outcome founded --text 查实 --document 示人社决〔2026〕1号 --as chief1 --yes
    """
    with open_home(run) as opened:
        planned = cases.plan(opened, Act.CASE_DECIDE, case, document=document, said=outcome, text=text)
        _act(run, opened, planned, acting_as, yes=yes)


@command(app, "appeal", passphrases=(OPERATOR, SERVICE))
def appeal(
    run: Run,
    case: CaseId,
    way: Annotated[
        str,
        typer.Option(
            "--way", metavar="WORD", help="review 行政复议、court 行政诉讼、objection 异议。One of these words."
        ),
    ],
    document: Document,
    acting_as: ActingAs,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="理由；加密存放。Why; it is kept sealed.")] = "",
    yes: Yes = False,
) -> None:
    """记下有人不服决定：案件重新待决。Put on record that somebody does not agree; the case is open again.

    \b
    例 Example:
      titlecert case appeal CASE --way review --document 示政复〔2026〕5号 --as chief1 --yes --home ./office
    """
    with open_home(run) as opened:
        planned = cases.plan(opened, Act.CASE_APPEAL, case, document=document, said=way, text=text)
        _act(run, opened, planned, acting_as, yes=yes)


@command(app, "list")
def list_all(
    run: Run,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期的。Those whose day has passed.")] = False,
    certificate: Annotated[
        str, typer.Option("--certificate", metavar="NUMBER", help="只列涉及这张证书的。About this certificate.")
    ] = "",
) -> None:
    """列出案件，最急的在前；不打开个人信息。List cases, the most urgent first; nothing personal is opened.

    \b
    例 Example:
      titlecert case list --overdue --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = cases.listed(opened, overdue=overdue, number=certificate)
    none = tool.pick("没有案件。", "There is no case.")
    pairs = (("编号", "case"), ("种类", "kind"), ("状态", "state"), ("证书", "certificates"), ("期限", "due"))
    rows = [
        (each.id, tool.name("case", each.kind), _state(tool, each), each.certificates, _due(tool, each))
        for each in found
    ]
    tool.finish({"cases": [_plain(each) for each in found]}, tool.table(pairs, rows, kept=("case",)) if found else none)


@command(app, "show", passphrases=(SERVICE,))
def show(run: Run, case: CaseId) -> None:
    """打开一个案件，看全部经过和证书现状；谁打开了会记入审计。Open a case; the audit notes who did.

    \b
    例 Example:
      titlecert case show CASE --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = cases.shown(opened, local_actor(), case)
    each = found.case
    facts = [
        (tool.pick("编号", "Case"), each.id),
        (tool.pick("种类", "Kind"), tool.name("case", each.kind)),
        (tool.pick("状态", "State"), _state(tool, each)),
        (tool.pick("机关", "Authority"), each.authority),
        (tool.pick("投诉举报人", "From"), found.name or tool.pick("匿名", "anonymous")),
        (tool.pick("联系方式", "Contact"), found.contact or "—"),
        (tool.pick("期限", "Due"), _due(tool, each)),
    ]
    steps = [
        (
            local_time(step.at.isoformat()),
            tool.name("act", step.act),
            tool.name("case", step.said) if step.said else "",
            step.operator,
            step.document,
            step.text if step.is_proven else tool.pick("（没有签字）", "(unsigned) ") + step.text,
        )
        for step in found.steps
    ]
    pairs = (
        ("时间", "when"),
        ("办理", "act"),
        ("结果", "said"),
        ("办理人", "who"),
        ("文号", "document"),
        ("内容", "text"),
    )
    happened = [
        (
            item.number,
            tool.name("state", item.state),
            "；".join(f"{day} {tool.name('state', kind)} {document}" for kind, day, document in item.events),
        )
        for item in found.certificates
    ]
    known = (("证书编号", "certificate"), ("现状", "state"), ("受理以后", "since then"))
    parts = [tool.facts(facts), tool.table(pairs, steps, kept=("when",), flowing=True)]
    parts += [tool.table(known, happened, kept=("certificate",), flowing=True)] if happened else []
    data = _plain(each) | {"from": found.name, "contact": found.contact}
    data["steps"] = [
        {
            "at": step.at.isoformat(),
            "act": step.act,
            "said": step.said,
            "operator": step.operator,
            "document": step.document,
            "text": step.text,
            "proven": step.is_proven,
        }
        for step in found.steps
    ]
    data["about"] = [
        {
            "number": item.number,
            "state": item.state,
            "events": [
                {"kind": kind, "effective": day.isoformat(), "document": document}
                for kind, day, document in item.events
            ],
        }
        for item in found.certificates
    ]
    tool.finish(data, "\n\n".join(parts))


def _act(run: Run, opened: Opened, planned: Planned, operator: str, *, yes: bool) -> None:
    tool = run.tool
    cases.draft(opened, operator, planned)  # what would be refused is refused before it is shown as a plan
    if yes:
        cases.act_here(opened, operator, planned)
    new = planned.act is Act.CASE_OPEN and not yes
    data = {
        "act": planned.act.value,
        "case": None if new else planned.case,
        "said": planned.said,
        "certificates": list(planned.numbers),
        "document": planned.document,
        "operator": operator,
        "done": yes,
    }
    facts = [
        (tool.pick("编号", "Case"), "—" if new else planned.case),
        (tool.pick("办理", "Act"), tool.name("act", planned.act.value)),
        (tool.pick("机关", "Authority"), planned.authority),
        (tool.pick("证书", "Certificates"), "、".join(planned.numbers) or "—"),
        (tool.pick("文号", "Document"), planned.document),
    ]
    tool.finish(data, tool.facts(facts))
    if yes:
        tool.say(f"已办理，{operator} 签字。", f"Done, {operator}.")
    else:
        tool.say("现在什么都没有改动。加 --yes 就照此办理。", "Nothing was changed. With --yes it is done.")


def _state(tool: Tool, each: ListedCase) -> str:
    state = tool.name("case", each.state.value)
    return f"{state} · {tool.name('case', each.outcome)}" if each.outcome else state


def _due(tool: Tool, each: ListedCase) -> str:
    if each.due is None:
        return "—"
    return tool.pick(f"{each.due} 已逾期", f"{each.due} overdue") if each.is_overdue else each.due.isoformat()


def _plain(each: ListedCase) -> dict[str, Any]:
    return {
        "case": each.id,
        "kind": each.kind,
        "authority": each.authority,
        "state": each.state.value,
        "opened": each.opened.isoformat(),
        "certificates": each.certificates,
        "outcome": each.outcome,
        "due": None if each.due is None else each.due.isoformat(),
        "overdue": each.is_overdue,
    }
