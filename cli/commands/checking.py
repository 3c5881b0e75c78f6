"""``titlecert batch check``: a list is read, every finding of every row is told at once, and good lists are stored.

Rules: a list with an error is not stored, so that nothing of it can be issued, until the clerk takes the good rows by
name (``--take-good-rows``). What was not taken stays in the batch as rejected, with its findings. Photos come with the
list (``--photos``) or not at all: a list that is a batch takes none.

    titlecert batch check results.xlsx --authority sf-hrss --annotated results-checked.xlsx --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import exits, output
from cli.console import CYAN, RED, YELLOW
from cli.errors import UsageError
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.options import AuthorityId
from cli.output import out_option
from cli.photos import folder
from cli.progress import Step, progress
from cli.remedies import remedies
from cli.tool import Tool
from issuer.services import batches
from issuer.services.batches import (
    FINDING_HEADS,
    NO_FINDINGS,
    CheckedList,
    HiddenRows,
    ListFile,
    Reading,
    findings_json,
    findings_rows,
)

_KIND: Final = 2
_COLOURS: Final = {"error": RED, "warning": YELLOW, "notice": CYAN}


def check(
    run: Run,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="名单（.xlsx、.xls、.ods 或 .csv）。The list: .xlsx, .xls, .ods, .csv."),
    ],
    authority: AuthorityId,
    decision: Annotated[
        str, typer.Option("--decision", metavar="TEXT", help="整批的批准文号。Decision document of the whole list.")
    ] = "",
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="名单在哪个工作表。The sheet that holds the list.")
    ] = None,
    all_sheets: Annotated[
        bool,
        typer.Option(
            "--all-sheets",
            help="每个工作表各收一批，要么全收，要么都不收。Make a batch of every sheet: of all of them, or none.",
        ),
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="HEADING=FIELD",
            help="某列是哪个字段，可重复；列名= 表示不用。Which field a column is, repeatable; HEADING= leaves it out.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="整批相同的内容，可重复，如 系列=工程技术人员。What every row has, repeatable.",
        ),
    ] = None,
    take_good_rows: Annotated[
        bool, typer.Option("--take-good-rows", help="有错误时，只收合格的行。Take the good rows of a list with errors.")
    ] = False,
    hidden: Annotated[
        HiddenRows | None,
        typer.Option(
            "--hidden",
            help="隐藏或划掉的行：take 收，leave 不收。Rows that are hidden or crossed out: take or leave them.",
        ),
    ] = None,
    photos: Annotated[
        Path | None,
        typer.Option(
            "--photos",
            metavar="DIR",
            help="照片文件夹，文件名用证件号码或序号（.jpg、.jpeg、.png）。A folder of photos, each named by ID "
            "number or by number in the list.",
        ),
    ] = None,
    annotated: Annotated[
        Path | None,
        out_option(
            "--annotated", "xlsx", "写一份标注了问题的副本，须是新文件。Write a copy with the findings; a new file."
        ),
    ] = None,
) -> None:
    """核对名单，一次列出全部问题，无错误就存为批次。Check a list; store it if it has no error.

    有错误时不收任何一行（退出码 3），改正后再核对，或用 --take-good-rows 只收合格的行。
    A list with errors is not stored (exit code 3): correct it, or take its good rows with --take-good-rows.

    \b
    例 Example:
      titlecert batch check results.xlsx --authority sf-hrss --annotated checked.xlsx --home ./office
      titlecert batch check results.xlsx --authority sf-hrss --photos ./photos
      titlecert batch check results.xlsx --authority sf-hrss --all-sheets
      titlecert batch check results.xlsx --authority sf-hrss --sheet 副高 --map 现任职务=备注 --set 取得方式=评审
    """
    if annotated is not None:
        output.check(annotated, option="--annotated", inputs=[file])
    if all_sheets:
        _refuse_beside(("--sheet", sheet), ("--photos", photos), ("--annotated", annotated))
    reading = Reading(sheet=sheet, columns=batches.columns_said(columns or []))
    given = batches.values_said(values or [])
    listed = ListFile(name=file.name, data=file.read_bytes(), reading=reading)
    pictures = None if photos is None else folder(photos)
    with open_home(run) as opened, ExitStack() as shown:
        if all_sheets:
            lists = batches.check_sheets(
                opened,
                local_actor(),
                listed,
                authority=authority,
                decision=decision,
                values=given,
                take_good_rows=take_good_rows,
                hidden=hidden,
            )
            _say_all(run, file.name, lists)
            return
        found = batches.check(
            opened,
            local_actor(),
            listed,
            authority=authority,
            decision=decision,
            values=given,
            take_good_rows=take_good_rows,
            hidden=hidden,
            photos=pictures,
            step=_step(run.tool, shown),
        )
    if annotated is not None:
        _annotate(run.tool, annotated, found)
    _say(run, file.name, found, annotated)


def _refuse_beside(*others: tuple[str, object]) -> None:
    """One option at a time: a photo's 序号 would be in every sheet, and a copy is of one sheet."""
    for option, value in others:
        if value is not None:
            raise UsageError(
                "all_sheets_alone",
                f"--all-sheets 不能和 {option} 一起用",
                f"--all-sheets does not go with {option}",
            )


def _step(tool: Tool, shown: ExitStack) -> Step:
    """How far the photos are; nothing is shown before the first, while a passphrase may be asked for."""
    steps: list[Step] = []

    def step(done: int, of: int) -> None:
        if not steps:
            steps.extend(shown.enter_context(progress(tool, "photos")))
        steps[0](done, of)

    return step


def _annotate(tool: Tool, out: Path, found: CheckedList) -> None:
    try:
        output.write(out, batches.annotated(found), option="--annotated")
    except Exception:
        if found.batch:
            tool.say(
                f"已存为批次 {found.batch}，只是没有写成标注副本；不要再核对一次。",
                f"Stored as batch {found.batch}; only the marked copy was not written. Do not check the list again.",
            )
        raise


def _say_all(run: Run, name: str, lists: Sequence[CheckedList]) -> None:
    tool = run.tool
    texts = [_text(tool, f"{name} {found.read.sheet or ''}".strip(), found) for found in lists]
    stored = [found.batch for found in lists if found.batch]
    data = {"file": name, "batches": stored, "sheets": [_data(tool, name, found, None) for found in lists]}
    exit_code = exits.DONE if len(stored) == len(lists) else exits.FINDINGS
    tool.finish(data, "\n\n".join(texts), exit_code=exit_code)
    for pair in dict.fromkeys(pair for found in lists for pair in remedies(found.findings)):
        tool.say(*pair)
    for batch in stored:
        _say_submit(tool, batch, run.directory.absolute())
    if not stored:
        tool.say(
            "下一步：改正名单后重新核对，或加 --take-good-rows 只收合格的行。",
            "Next: correct the lists and check them again, or add --take-good-rows.",
        )


def _say(run: Run, name: str, found: CheckedList, annotated: Path | None) -> None:
    tool = run.tool
    exit_code = exits.DONE if found.batch else exits.FINDINGS
    tool.finish(_data(tool, name, found, annotated), _text(tool, name, found), exit_code=exit_code)
    _advise(tool, found, run.directory.absolute())


def _data(tool: Tool, name: str, found: CheckedList, annotated: Path | None) -> dict[str, Any]:
    good, rejected = found.good, found.rejected
    return {
        "file": name,
        "authority": found.authority,
        "rows": good + rejected,
        "good": good,
        "rejected": rejected,
        "errors": found.errors,
        "findings": findings_json(found.findings),
        "batch": found.batch,
        "photos": found.photos,
        "annotated": annotated and str(annotated),
        "next": [tool.pick(*pair) for pair in remedies(found.findings)],
        "sheet": found.read.sheet,
    }


def _text(tool: Tool, name: str, found: CheckedList) -> str:
    good, rejected = found.good, found.rejected
    text = _table(tool, found) if found.findings else tool.pick(*NO_FINDINGS)
    counted = tool.pick(
        f"{name}：共 {good + rejected} 行，合格 {good} 行，有错误 {rejected} 行",
        f"{name}: {good + rejected} rows, {good} good, {rejected} with errors",
    )
    if found.photos is not None:
        counted += tool.pick(
            f"\n照片：合格的行有照片 {found.photos} 行，没有照片 {good - found.photos} 行",
            f"\nPhotos: {found.photos} of the good rows have one, {good - found.photos} have none",
        )
    outcome = (
        tool.pick(
            f"已存为批次 {found.batch}（{good} 行待提交）", f"Stored as batch {found.batch} with {good} rows to submit"
        )
        if found.batch
        else tool.pick("没有收任何一行，什么都不会发证", "Nothing was stored, so nothing can be issued")
    )
    return f"{text}\n\n{counted}\n{outcome}"


def _table(tool: Tool, found: CheckedList) -> str:
    rows = [list(cells) for cells in findings_rows(found.findings, language=tool.console.language)]
    for cells, finding in zip(rows, found.findings, strict=True):
        cells[_KIND] = tool.console.painted(cells[_KIND], _COLOURS[finding.severity.value])
    return tool.table(FINDING_HEADS, rows, kept=("row", "no.", "kind"), flowing=True)


def _say_submit(tool: Tool, batch: str, home: Path) -> None:
    tool.say(
        f"下一步：titlecert batch submit {batch} --as 办理人 --home {home}",
        f"Next: titlecert batch submit {batch} --as OPERATOR --home {home}",
    )


def _advise(tool: Tool, found: CheckedList, home: Path) -> None:
    for pair in remedies(found.findings):
        tool.say(*pair)
    if found.batch:
        _say_submit(tool, found.batch, home)
    elif found.good:
        tool.say(
            "下一步：改正名单后重新核对（--annotated OUT.xlsx 可得到标注副本），或加 --take-good-rows 只收合格的行。",
            "Next: correct the list and check it again (--annotated OUT.xlsx writes a marked copy), or add "
            "--take-good-rows.",
        )
    else:
        tool.say("下一步：改正名单后重新核对。", "Next: correct the list and check it again.")
