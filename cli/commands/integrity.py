"""``titlecert integrity``: the integrity record (诚信档案), by an operator's signed statement.

Rules: nothing happens without ``--yes``. A list opens nothing personal; who opens a record stands in the audit. What
is written for the credit platform is a new private file.

    titlecert integrity add --name 某人 --id-number … --document 示人社信〔2026〕1号 --authority sf-hrss --as chief1
    titlecert integrity list --home ./office
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import output, records, values
from cli.errors import RefusedError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, AuthorityId, Yes
from cli.tool import Tool
from credential.history import Act
from issuer.home.opened import Opened
from issuer.services import integrity, reporting
from issuer.services.integrity import Change, Planned, RowFault

app = group()

RecordId = Annotated[
    str, typer.Argument(metavar="RECORD", help="记录编号，见 integrity list。Its id, see integrity list.")
]
RecordIds = Annotated[list[str], typer.Argument(metavar="RECORD...", help="记录编号，可以多个。One or more records.")]
Document = Annotated[
    str, typer.Option("--document", metavar="NUMBER", help="决定的文号。Number of the decision document.")
]
Basis = Annotated[
    str, typer.Option("--basis", metavar="TEXT", help="法定依据；默认按部署的设置。Legal basis; by default the home's.")
]
From = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="起始日期，默认今天。First day; by default today.")
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", help="截止日期（当天计入），默认按部署的设置。Last day; by default the home's term."
    ),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="说明；加密存放。A text; it is kept sealed.")]
Decides = Annotated[
    str,
    typer.Option(
        "--authority", metavar="ID", help="作出决定的机关，默认原认定机关。Who decides; as before if not said."
    ),
]


@command(app, "add", passphrases=(OPERATOR, SERVICE))
def add(
    run: Run,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="姓名。Name of the person.")],
    id_number: Annotated[
        str, typer.Option("--id-number", metavar="NUMBER", help="证件号码。The ID document's number.")
    ],
    document: Document,
    authority: AuthorityId,
    acting_as: ActingAs,
    id_type: Annotated[
        str, typer.Option("--id-type", metavar="TYPE", help="证件类型，默认居民身份证。Type of the ID document.")
    ] = "",
    basis: Basis = "",
    term_from: From = None,
    term_until: Until = None,
    note: Note = "",
    yes: Yes = False,
) -> None:
    """把一个人记入诚信档案，期内不给他发证；不加 --yes 只说明。Put somebody on record, who is then issued nothing.

    \b
    例 Example:
      titlecert integrity add --name 示范甲 --id-number 11010519491231002X --document 示人社信〔2026〕1号 \\
        --authority sf-hrss --as chief1 --home ./office
    """
    with open_home(run) as opened:
        new = integrity.new_record(
            opened,
            name=name,
            id_type=id_type,
            id_number=id_number,
            document=document,
            basis=basis,
            term_from=values.optional_day(term_from, "--from"),
            term_until=values.optional_day(term_until, "--until"),
            note=note,
        )
        planned = integrity.plan_add(opened, [new], authority=authority, document=document)
        _act(run, opened, planned, acting_as, yes=yes)


@command(app, "import", passphrases=(OPERATOR, SERVICE))
def import_list(
    run: Run,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="LIST", help="名单：姓名、证件号码等列，.xlsx .xls .ods .csv。A list with names and ID numbers."
        ),
    ],
    document: Document,
    authority: AuthorityId,
    acting_as: ActingAs,
    basis: Basis = "",
    term_from: From = None,
    yes: Yes = False,
) -> None:
    """把名单里的人记入诚信档案；有一行不对，就都不记。Put the people of a list on record; all of them, or none.

    列名 Columns: 姓名、证件类型、证件号码、依据、文号、起始日期、截止日期、备注。

    \b
    例 Example:
      titlecert integrity import 诚信名单.xlsx --document 示人社信〔2026〕1号 --authority sf-hrss --as chief1
    """
    data = file.expanduser().read_bytes()
    begins = values.optional_day(term_from, "--from")
    with open_home(run) as opened:
        people = integrity.read_list(opened, data, document=document, basis=basis, term_from=begins)
        if people.faults:
            _refuse(run.tool, people.faults)
        planned = integrity.plan_add(opened, people.people, authority=authority, document=document)
        _act(run, opened, planned, acting_as, yes=yes)


@command(app, "list")
def list_all(
    run: Run,
    state: Annotated[
        str,
        typer.Option(
            "--state",
            metavar="WORD",
            help="只列这个状态的：ahead、running、over、expired、ended、set_aside。Of this state only.",
        ),
    ] = "",
) -> None:
    """列出诚信档案，新的在前；不打开个人信息。List integrity records, newest first; nothing personal is opened.

    \b
    例 Example:
      titlecert integrity list --state running --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = integrity.listed(opened, state=state)
    none = tool.pick("诚信档案里没有记录。", "There is no integrity record.")
    tool.finish({"records": [records.plain(each) for each in found]}, records.table(tool, found) if found else none)


@command(app, "show", passphrases=(SERVICE,))
def show(run: Run, record: RecordId) -> None:
    """打开一条诚信记录，看全部经过；谁打开了会记入审计。Open a record with all that was done; the audit notes who did.

    \b
    例 Example:
      titlecert integrity show 3f0c4f6f2c9a4d53a1f27c55d0a6b1e2 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = integrity.shown(opened, local_actor(), record)
    tool.finish(*records.opened(tool, found))


@command(app, "object", passphrases=(OPERATOR, SERVICE))
def object_to(
    run: Run,
    record: RecordId,
    document: Document,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="异议的内容；加密存放。What is objected to.")],
    acting_as: ActingAs,
    authority: Decides = "",
    yes: Yes = False,
) -> None:
    """记下本人的异议；记录照旧，等候复核。Put an objection on record; the record stands until it is decided.

    \b
    例 Example:
      titlecert integrity object RECORD --document 示人社信异〔2026〕1号 --note 材料有误 --as chief1 --home ./office
    """
    _on(run, Act.INTEGRITY_OBJECT, {record: Change(note=note)}, document, authority, acting_as, yes=yes)


@command(app, "correct", passphrases=(OPERATOR, SERVICE))
def correct(
    run: Run,
    record: RecordId,
    document: Document,
    acting_as: ActingAs,
    basis: Annotated[str | None, typer.Option("--basis", metavar="TEXT", help="新的依据。The new basis.")] = None,
    decision: Annotated[
        str | None, typer.Option("--decision", metavar="NUMBER", help="更正后的认定文号。The number that is right.")
    ] = None,
    term_from: Annotated[str | None, typer.Option("--from", metavar="DATE", help="新的起始日期。First day.")] = None,
    term_until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="新的截止日期。New last day.")
    ] = None,
    note: Note = "",
    authority: Decides = "",
    yes: Yes = False,
) -> None:
    """更正一条诚信记录；原来的内容留在经过里。Correct a record; what it said before stays in its history.

    \b
    例 Example:
      titlecert integrity correct RECORD --until 2027-11-20 --document 示人社信更〔2026〕1号 --as chief1
    """
    change = Change(
        basis=basis,
        document=decision,
        term_from=values.optional_day(term_from, "--from"),
        term_until=values.optional_day(term_until, "--until"),
        note=note,
    )
    _on(run, Act.INTEGRITY_CORRECT, {record: change}, document, authority, acting_as, yes=yes)


@command(app, "end", passphrases=(OPERATOR, SERVICE))
def end(
    run: Run,
    records: RecordIds,
    document: Document,
    acting_as: ActingAs,
    note: Note = "",
    authority: Decides = "",
    yes: Yes = False,
) -> None:
    """提前终止诚信记录，例如认定被撤销；不能恢复。End records before their term, for good.

    \b
    例 Example:
      titlecert integrity end RECORD --document 示人社信撤〔2026〕1号 --as chief1 --yes --home ./office
    """
    changes = dict.fromkeys(records, Change(note=note))
    _on(run, Act.INTEGRITY_END, changes, document, authority, acting_as, yes=yes)


@command(app, "expire", passphrases=(OPERATOR, SERVICE))
def expire(
    run: Run,
    document: Document,
    acting_as: ActingAs,
    authority: Decides = "",
    yes: Yes = False,
) -> None:
    """把期限已过的记录签字移出；期限一过，本来就不再限制。Sign that records are over whose term has passed.

    \b
    例 Example:
      titlecert integrity expire --document 示人社信移〔2029〕1号 --as chief1 --yes --home ./office
    """
    with open_home(run) as opened:
        due = integrity.due_to_expire(opened)
        if due:
            changes = dict.fromkeys(due, Change())
            planned = integrity.plan_act(opened, Act.INTEGRITY_EXPIRE, changes, document=document, authority=authority)
            _act(run, opened, planned, acting_as, yes=yes)
            return
    run.tool.finish({"records": [], "done": False}, run.tool.pick("没有期限已过的记录。", "No term has passed."))


@command(app, "export", passphrases=(SERVICE,))
def export(
    run: Run,
    out: Annotated[
        Path,
        output.out_option("--out", "", "写进这个新文件，.jsonl 或 .xlsx。Write into this new file, .jsonl or .xlsx."),
    ],
    everything: Annotated[bool, typer.Option("--all", help="全部报送，不只是有变化的。All of them.")] = False,
) -> None:
    """写出报送信用平台的文件：没有报送过的、变化了的、被退回的。Write a file for the credit platform.

    \b
    例 Example:
      titlecert integrity export --out 报送.xlsx --home ./office
    """
    tool = run.tool
    output.check(out, option="--out")
    with open_home(run) as opened:
        made = reporting.export(opened, local_actor(), as_workbook=out.suffix.lower() == ".xlsx", everything=everything)
    output.write(out, made.data, option="--out")
    data = {"export": made.id, "records": made.records, "out": str(out)}
    text = tool.pick(f"写出 {made.records} 条：{out}", f"Wrote {made.records} records: {out}")
    tool.finish(data, text)
    tool.say(
        f"文件编号 {made.id}。内含个人信息，只交信用平台；回执用 integrity receive 收下。",
        f"File {made.id}. It holds personal data, for that platform alone; integrity receive takes its answers.",
    )


@command(app, "receive")
def receive(
    run: Run,
    file: Annotated[
        Path, typer.Argument(metavar="ANSWERS", help="信用平台的回执，.jsonl 或表格。The platform's answers.")
    ],
) -> None:
    """收下信用平台的回执。Take in what the credit platform answered.

    \b
    例 Example:
      titlecert integrity receive 回执.jsonl --home ./office
    """
    data = file.expanduser().read_bytes()
    with open_home(run) as opened:
        many = reporting.receive(opened, local_actor(), data)
    run.tool.finish({"answers": many}, run.tool.pick(f"收下 {many} 条回执。", f"Took in {many} answers."))


@command(app, "reconcile")
def reconcile(run: Run) -> None:
    """对账：哪些报送了、接收了、退回了，哪些没有回音或还没有报送。Compare what was sent with what came back.

    \b
    例 Example:
      titlecert integrity reconcile --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = reporting.reconciled(opened)
    counts = {word.value: sum(each.reported is word for each in found) for word in reporting.Reported}
    lines = [
        {
            "record": each.record,
            "state": each.state,
            "reported": each.reported.value,
            "export": each.export,
            "made": None if each.made is None else each.made.isoformat(),
            "reason": each.reason,
        }
        for each in found
    ]
    pairs = (("编号", "record"), ("状态", "state"), ("报送", "reported"), ("文件", "file"), ("原因", "reason"))
    rows = [
        (
            each.record,
            tool.name("integrity", each.state),
            tool.name("reported", each.reported.value),
            each.export or "—",
            each.reason,
        )
        for each in found
    ]
    told = "　".join(f"{tool.name('reported', word)} {many}" for word, many in counts.items())
    tool.finish(
        {"counts": counts, "records": lines}, f"{tool.table(pairs, rows, kept=('record',))}\n\n{told}" if rows else told
    )


def _on(
    run: Run, act: Act, changes: dict[str, Change], document: str, authority: str, operator: str, *, yes: bool
) -> None:
    with open_home(run) as opened:
        planned = integrity.plan_act(opened, act, changes, document=document, authority=authority)
        _act(run, opened, planned, operator, yes=yes)


def _act(run: Run, opened: Opened, planned: Planned, operator: str, *, yes: bool) -> None:
    tool = run.tool
    integrity.draft(opened, operator, planned)  # what would be refused is refused before it is shown as a plan
    done = integrity.act_here(opened, operator, planned) if yes else ()
    lines = [
        {
            "record": each.record if yes else None,
            "basis": each.basis,
            "document": each.document,
            "from": each.term_from.isoformat(),
            "until": records.day(each.term_until),
        }
        for each in planned.listed
    ]
    data = {"act": planned.act.value, "operator": operator, "done": yes, "records": lines, "known": list(planned.known)}
    pairs = (("编号", "record"), ("依据", "basis"), ("文号", "document"), ("期限", "term"))
    rows = [
        (
            "—" if planned.persons and not done else each.record,
            each.basis,
            each.document,
            records.term(tool, each.term_from, each.term_until),
        )
        for each in planned.listed
    ]
    tool.finish(data, tool.table(pairs, rows, kept=("record", "term")))
    if planned.known:
        tool.say(f"{len(planned.known)} 人已在档案里，没有重复记。", f"{len(planned.known)} are on record already.")
    if yes:
        tool.say(f"已办理 {len(done)} 条，{operator} 签字。", f"Done: {len(done)} records, {operator}.")
    else:
        tool.say("现在什么都没有改动。加 --yes 就照此办理。", "Nothing was changed. With --yes it is done.")


def _refuse(tool: Tool, faults: tuple[RowFault, ...]) -> None:
    """Show every fault of a list, and refuse it."""
    for each in faults:
        where, why = tool.name("integrity_field", each.field), tool.name("integrity_fault", each.code)
        tool.say(f"第 {each.row} 行，{where}：{why}", f"row {each.row}, {where}: {why}")
    rows = len({each.row for each in faults})
    raise RefusedError(
        "integrity_rows",
        f"名单有 {rows} 行不对，一个人都没有记",
        f"{rows} rows of the list are not in order; nobody was put on record",
    )
