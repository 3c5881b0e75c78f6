"""``titlecert batch``: from an office's list to certificates: check, submit, approve, issue.

titlecert batch check results.xlsx --authority sf-hrss --home ./office
titlecert batch submit sf-hrss-0001 --as clerk1 --home ./office
titlecert batch show sf-hrss-0001 --rows --home ./office
titlecert batch approve sf-hrss-0001 --as chief1 --home ./office
titlecert batch issue sf-hrss-0001 --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import atwork, output, overviews, standings
from cli.commands import checking, issuing
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.output import out_option
from cli.people import acted_json, people
from cli.tool import Tool
from issuer.services import acting, batches, catalogue, pacing, work
from issuer.services.batches import Act, Batch

app = group()

BatchId = Annotated[str, typer.Argument(metavar="BATCH", help="批次编号。The batch; see `titlecert batch list`.")]

command(app, "check", passphrases=(SERVICE,))(checking.check)
command(app, "issue", passphrases=(SERVICE,))(issuing.issue)


@command(app, "submit", passphrases=(OPERATOR, SERVICE))
def submit(run: Run, batch: BatchId, acting_as: ActingAs) -> None:
    """经办人签字提交核对过的批次。Submit a checked batch, signed by the operator.

    \b
    例 Example:
      titlecert batch submit sf-hrss-0001 --as clerk1 --home ./office
    """
    _act(run, Act.SUBMIT, batch, acting_as)
    run.tool.say(
        "下一步：把核对码读给另一位办理人，由其批准，titlecert batch approve。",
        "Next: read the phrase to another operator, who approves it, `titlecert batch approve`.",
    )


@command(app, "approve", passphrases=(OPERATOR, SERVICE))
def approve(
    run: Run,
    batch: BatchId,
    acting_as: ActingAs,
    seen: Annotated[
        str | None,
        typer.Option(
            "--seen",
            metavar="PHRASE",
            help="提交人读出的核对码；不一致就不签。The phrase as the submitter read it; nothing else is signed.",
        ),
    ] = None,
) -> None:
    """另一位有批准权的办理人签字批准，签字前显示分项人数和核对码。Approve a submitted batch, as another operator.

    先显示将要签署的内容，再问办理人口令。What is signed is shown before the operator's passphrase is asked for.

    \b
    例 Example:
      titlecert batch approve sf-hrss-0001 --as chief1 --seen '4711 0815 2024 9321 0077' --home ./office
    """
    _act(run, Act.APPROVE, batch, acting_as, seen)
    run.tool.say("下一步：发证，titlecert batch issue。", "Next: issue it, `titlecert batch issue`.")


@command(app, "reject", passphrases=(OPERATOR, SERVICE))
def reject(run: Run, batch: BatchId, acting_as: ActingAs) -> None:
    """退回批次：不发证，名单改正后可重新核对。Reject a batch: nothing of it is issued, the file can be checked again.

    \b
    例 Example:
      titlecert batch reject sf-hrss-0001 --as chief1 --home ./office
    """
    _act(run, Act.REJECT, batch, acting_as)


@command(app, "take-back", passphrases=(OPERATOR, SERVICE))
def take_back(
    run: Run,
    batch: BatchId,
    acting_as: ActingAs,
    row: Annotated[
        int | None,
        typer.Option(
            "--row", min=1, help="只撤回名单中的这一行（原表行号）。Only the row of this number in the sheet."
        ),
    ] = None,
    yes: Yes = False,
) -> None:
    """撤回已批准、尚未发证的批次或其中一行。Take back an approved batch, or one row, before anything is issued of it.

    由提交或批准的人签字，不能恢复；已发的证书用 withdraw、cancel 等办理。
    Signed by one of the two who signed for it, for good; what was issued is changed by withdraw, cancel and their like.

    \b
    例 Example:
      titlecert batch take-back sf-hrss-0001 --row 7 --as chief1 --yes --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        made = batches.draft_taking_back(opened, acting_as, batch, row=row)
        found = batches.take_back_here(opened, acting_as, batch, row=row) if yes else batches.shown(opened, batch)
    data = {**_plain(found), "act": made.statement.act.value, "operator": acting_as, "row": row, "done": yes}
    zh = f"批次 {batch} " + ("全部待发的行" if row is None else f"第 {row} 行")
    en = f"batch {batch}" if row is None else f"row {row} of batch {batch}"
    if yes:
        tool.finish(data, tool.pick(f"已撤回{zh}，{acting_as} 签字", f"Took back {en}, {acting_as}"))
    else:
        tool.finish(data, tool.pick(f"将撤回{zh}；加 --yes 办理", f"Would take back {en}; add --yes to do it"))


_DONE = {Act.SUBMIT: ("已提交", "Submitted"), Act.APPROVE: ("已批准", "Approved"), Act.REJECT: ("已退回", "Rejected")}


def _act(run: Run, act: Act, batch: str, operator: str, phrase: str | None = None) -> None:
    tool = run.tool
    with open_home(run) as opened:
        seen = None if act is Act.REJECT else batches.overviewed(opened, batch)
        if seen is not None:
            told = overviews.told(tool, seen)
            tool.say(told, told)
            overviews.require_phrase(seen, phrase)
        found = batches.act_here(opened, operator, act, batch, seen=None if seen is None else seen.rows_root)
    zh, en = _DONE[act]
    data = {**_plain(found), "act": act.value, "operator": operator}
    data |= {} if seen is None else overviews.plain(seen)
    waiting = found.rows_waiting
    tool.finish(
        data, tool.pick(f"{zh} {batch}：{waiting} 行，{operator} 签字", f"{en} {batch}: {waiting} rows, {operator}")
    )


@command(app, "pause")
def pause(run: Run, batch: BatchId) -> None:
    """暂停办理批次：正在办的一段办完就停，不再发证和制作 PDF。Pause a batch: what is under way ends, then it stops.

    不必签字；已发的证书照常有效，状态变更照常公布。
    Nobody signs for it; what is issued stays in force, and changes of status are published as ever.

    \b
    例 Example:
      titlecert batch pause sf-hrss-0001 --home ./office
    """
    with open_home(run) as opened:
        changed = pacing.pause(opened, local_actor(), batch)
        found = pacing.standing(opened, batch)
    left = standings.rows_left(found.batch)
    _finish_paced(run.tool, found, changed, ("已暂停", "Paused"), ("早已暂停", "Was paused before"))
    zh, en = (
        (f"还有 {left} 行未发", f"{left} rows are not issued") if left else ("不再制作 PDF", "No documents are made")
    )
    run.tool.say(f"{zh}。接着办：titlecert batch resume {batch}", f"{en}. To go on: titlecert batch resume {batch}")


@command(app, "resume")
def resume(run: Run, batch: BatchId) -> None:
    """接着办理暂停的批次。Resume a batch that was paused.

    后台服务在运行的，已要求的发证和 PDF 由它接着办；没有的，再运行 batch issue。
    Where a worker runs, it goes on with what was asked for; else run `batch issue` again.

    \b
    例 Example:
      titlecert batch resume sf-hrss-0001 --home ./office
    """
    with open_home(run) as opened:
        changed = pacing.resume(opened, local_actor(), batch)
        found = pacing.standing(opened, batch)
    _finish_paced(run.tool, found, changed, ("不再暂停", "Resumed"), ("没有暂停", "Was not paused"))
    if standings.rows_left(found.batch):
        run.tool.say(
            f"后台服务没有运行的，接着发：titlecert batch issue {batch}",
            f"Where no worker runs, issue the rest: titlecert batch issue {batch}",
        )


def _finish_paced(
    tool: Tool, found: pacing.Standing, changed: bool, done: tuple[str, str], before: tuple[str, str]
) -> None:
    zh, en = done if changed else before
    data = _plain(found.batch) | standings.plain(tool, found) | {"changed": changed}
    tool.finish(data, tool.pick(f"{zh} {found.batch.id}", f"{en}: {found.batch.id}"))


@command(app, "list")
def list_all(run: Run) -> None:
    """列出全部批次。List all batches.

    \b
    例 Example:
      titlecert batch list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = batches.listed(opened)
    tool.finish({"batches": [_plain(each) for each in found]}, _text(tool, found))


@command(app, "show", passphrases=(SERVICE,))
def show(
    run: Run,
    batch: BatchId,
    with_rows: Annotated[
        bool, typer.Option("--rows", help="逐行列出全部内容，不遮盖。List all rows in full, nothing masked.")
    ] = False,
    workbook: Annotated[
        Path | None,
        out_option(
            "--workbook",
            "xlsx",
            "把各行、提示和分项人数写成工作簿，须是新文件。Write rows, findings and counts; a new file.",
        ),
    ] = None,
) -> None:
    """显示一个批次办到哪一步、签的是什么：分项人数、全部提示、核对码。Show where a batch stands, and what is signed.

    \b
    例 Example:
      titlecert batch show sf-hrss-0001 --rows --home ./office
      titlecert batch show sf-hrss-0001 --workbook batch.xlsx --home ./office
    """
    tool = run.tool
    if workbook is not None:
        output.check(workbook, option="--workbook")
    with open_home(run) as opened:
        standing = pacing.standing(opened, batch)
        found = standing.batch
        acted = acting.on_batch(opened, batch)
        seen = batches.overviewed(opened, batch)
        held = work.held(opened, batch)
        listed = batches.shown_rows(opened, local_actor(), batch) if with_rows else ()
        known = catalogue.current(opened)
        if workbook is not None:
            output.write(workbook, batches.workbook(opened, local_actor(), batch), option="--workbook")
    data = _plain(found) | standings.plain(tool, standing) | {"working": atwork.plain(held)}
    data |= {"acts": [acted_json(each) for each in acted]} | overviews.plain(seen)
    parts = [_text(tool, [found]), standings.told(tool, standing), atwork.told(tool, held)]
    parts += [people(tool, acted), overviews.told(tool, seen)]
    if with_rows:
        data["awards"] = [overviews.plain_row(each, known) for each in listed]
        parts.append(overviews.rows_table(tool, listed, known))
    data["workbook"] = workbook and str(workbook)
    tool.finish(data, "\n\n".join(filter(None, parts)))


def _text(tool: Tool, found: Sequence[Batch]) -> str:
    pairs = (
        ("批次", "batch"),
        ("状态", "state"),
        ("总行", "rows"),
        ("待发", "waiting"),
        ("办理中", "reserved"),
        ("已发", "issued"),
        ("未收", "rejected"),
        ("批准文号", "decision"),
    )
    cells = [
        (
            each.id,
            tool.name("state", each.state.value if each.paused_at is None else "paused"),
            each.rows_total,
            each.rows_waiting,
            each.rows_reserved,
            each.rows_issued,
            each.rows_rejected,
            each.decision_document,
        )
        for each in found
    ]
    return tool.table(pairs, cells, kept=("batch", "state", "rows", "waiting", "reserved", "issued", "rejected"))


def _plain(batch: Batch) -> dict[str, Any]:
    return {
        "batch": batch.id,
        "authority": batch.authority,
        "state": batch.state.value,
        "decision_document": batch.decision_document or None,
        "file_digest": batch.file_digest.hex(),
        "rows_root": batch.rows_root.hex(),
        "rows": batch.rows_total,
        "waiting": batch.rows_waiting,
        "reserved": batch.rows_reserved,
        "issued": batch.rows_issued,
        "rejected": batch.rows_rejected,
        "paused": batch.paused_at is not None,
        "created": batch.created.isoformat(),
    }
