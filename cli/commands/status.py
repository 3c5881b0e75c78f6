"""``titlecert withdraw``, ``suspend``, ``reinstate``, ``cancel``: what happens to a certificate after it was issued.

Rules: nothing happens without ``--yes``; what is shown is what would be done, and by what right. The operator signs
one statement that names every certificate; then the register is published.

    titlecert withdraw 99000020262000001 --basis 第四十条 --document 示人社撤〔2026〕3号 --as chief1 --home ./office
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import typer

from cli import exits, sortings, values
from cli.commands.orders import say_waiting
from cli.errors import RefusedError, UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.tool import Tool
from cli.whom import Chosen, reaching
from cli.working import publish_changes, recorded
from credential.catalogue import Catalogue
from credential.history import REASONS_OF, Act, Reason
from credential.words import words
from issuer.home.opened import Opened
from issuer.services import catalogue
from issuer.services import status as statuses
from issuer.services.status import NATIONAL_TERM, Order, Plan, Sorted, Waiting

app = group()


def _reasons(act: Act) -> dict[str, Reason]:
    """What ``--reason`` takes for an act: its own public reason classes, in the order of their numbers."""
    return {reason.word.replace("_", "-"): reason for reason in Reason if reason in REASONS_OF[act]}


def _parser(act: Act) -> Callable[[str], Reason]:
    offered = _reasons(act)

    def parse(text: str) -> Reason:
        if text not in offered:
            raise ValueError(f"{text!r} is not one of {', '.join(map(repr, offered))}.")
        return offered[text]

    return parse


Basis = Annotated[
    str, typer.Option("--basis", metavar="TEXT", help="法定依据；持证人可见。Legal basis; holders see it.")
]
Document = Annotated[
    str, typer.Option("--document", metavar="NUMBER", help="决定文号；持证人可见。Number of the decision.")
]
Authority = Annotated[
    str | None,
    typer.Option("--authority", metavar="ID", help="作出决定的机关，默认办理人所属或发证机关。Deciding authority."),
]
Effective = Annotated[
    str | None, typer.Option("--effective", metavar="DATE", help="生效日期，默认今天。Takes effect; by default today.")
]
BeforeIssue = Annotated[
    bool,
    typer.Option(
        "--before-issue",
        help="确认生效日期可以早于发证日期（不早于取得时间）。The day may lie before the issue, not before the award.",
    ),
]
WithdrawalReason = Annotated[
    Reason | None,
    typer.Option(
        "--reason",
        parser=_parser(Act.WITHDRAW),
        metavar=f"<{'|'.join(_reasons(Act.WITHDRAW))}>",
        help="公开的原因类别，默认 other。Public reason class; by default other.",
    ),
]
CancellationReason = Annotated[
    Reason,
    typer.Option(
        "--reason",
        parser=_parser(Act.CANCEL),
        metavar=f"<{'|'.join(_reasons(Act.CANCEL))}>",
        help="公开的原因类别：差错、已换发、交回、死亡。Public reason class.",
    ),
]
FromStart = Annotated[
    bool,
    typer.Option(
        "--from-start",
        help="自始撤销：从取得时间起，任何一天都算已撤销。Withdrawn from the award on, on every day of it.",
    ),
]
ReviewBy = Annotated[
    str | None,
    typer.Option(
        "--review-by",
        metavar="DATE",
        help="最迟在这一天决定恢复还是撤销；过期的列在 review list。Decided by this day; see `review list`.",
    ),
]
Count = Annotated[
    int | None,
    typer.Option("--count", metavar="N", help="应当改变几张；多于一张时必须写明。How many change; needed for several."),
]


def state_name(tool: Tool, state: str) -> str:
    """Return the word for a state or event."""
    return tool.name("state", state)


@command(app, "withdraw", passphrases=(OPERATOR, SERVICE))
@reaching
def withdraw(
    run: Run,
    chosen: Chosen,
    basis: Basis,
    document: Document,
    acting_as: ActingAs,
    reason: WithdrawalReason = None,
    authority: Authority = None,
    effective: Effective = None,
    before_issue: BeforeIssue = False,
    from_start: FromStart = False,
    count: Count = None,
    yes: Yes = False,
) -> None:
    """撤销证书，不能恢复；不加 --yes 只说明会做什么。Withdraw certificates, for good; dry run until --yes.

    因弄虚作假撤销（--reason fraud）的，同时记入诚信记录，期内不再发证。
    A withdrawal for fraud (--reason fraud) opens an integrity record that bars issuing for its term.

    \b
    例 Example:
      titlecert withdraw 99000020262000001 --reason fraud --basis 职称评审管理暂行规定 \\
        --document 示人社撤〔2026〕3号 --as chief1 --home ./office
    """
    said = _Said(
        basis=basis,
        document=document,
        authority=authority,
        effective=effective,
        before_issue=before_issue,
        from_start=from_start,
        count=count,
    )
    _change(run, _Given(act=Act.WITHDRAW, chosen=chosen, said=said, reason=reason), acting_as, yes=yes)


@command(app, "suspend", passphrases=(OPERATOR, SERVICE))
@reaching
def suspend(
    run: Run,
    chosen: Chosen,
    basis: Basis,
    document: Document,
    acting_as: ActingAs,
    authority: Authority = None,
    effective: Effective = None,
    before_issue: BeforeIssue = False,
    review_by: ReviewBy = None,
    count: Count = None,
    yes: Yes = False,
) -> None:
    """暂停证书，核查期间不能使用，可以恢复。Suspend certificates while they are under review; can be reinstated.

    名单（--list）和条件（--batch、--filing、--key 等）逐行给出结果；再运行一次，已办的按已办报告。
    A list (--list) and a description (--batch, --filing, --key ...) give a result a row; run again, what was done
    before is told as such.

    \b
    例 Example:
      titlecert suspend 99000020262000001 --basis 投诉举报核查 \\
        --document 示人社核〔2026〕8号 --review-by 2027-01-31 --as chief1 --home ./office
      titlecert suspend --list numbers.xlsx --basis 投诉举报核查 --document 示人社核〔2026〕8号 --as chief1
    """
    said = _Said(
        basis=basis,
        document=document,
        authority=authority,
        effective=effective,
        before_issue=before_issue,
        review_by=review_by,
        count=count,
    )
    _change(run, _Given(act=Act.SUSPEND, chosen=chosen, said=said, reason=Reason.UNDER_REVIEW), acting_as, yes=yes)


@command(app, "reinstate", passphrases=(OPERATOR, SERVICE))
@reaching
def reinstate(
    run: Run,
    chosen: Chosen,
    basis: Basis,
    document: Document,
    acting_as: ActingAs,
    authority: Authority = None,
    effective: Effective = None,
    before_issue: BeforeIssue = False,
    count: Count = None,
    yes: Yes = False,
) -> None:
    """恢复暂停的证书。Reinstate suspended certificates.

    \b
    例 Example:
      titlecert reinstate 99000020262000001 --basis 核查结束 --document 示人社核〔2026〕9号 --as chief1 --home ./office
    """
    said = _Said(
        basis=basis,
        document=document,
        authority=authority,
        effective=effective,
        before_issue=before_issue,
        count=count,
    )
    _change(run, _Given(act=Act.REINSTATE, chosen=chosen, said=said, reason=Reason.CLEARED), acting_as, yes=yes)


@command(app, "cancel", passphrases=(OPERATOR, SERVICE))
@reaching
def cancel(
    run: Run,
    chosen: Chosen,
    basis: Basis,
    document: Document,
    acting_as: ActingAs,
    reason: CancellationReason,
    authority: Authority = None,
    effective: Effective = None,
    before_issue: BeforeIssue = False,
    count: Count = None,
    yes: Yes = False,
) -> None:
    """注销证书：行政手续，不是处罚，例如差错或交回。Cancel certificates: an administrative act, not a sanction.

    \b
    例 Example:
      titlecert cancel 99000020262000001 --reason surrendered --basis 持证人交回 \\
        --document 示人社注〔2026〕1号 --as chief1 --home ./office
    """
    said = _Said(
        basis=basis,
        document=document,
        authority=authority,
        effective=effective,
        before_issue=before_issue,
        count=count,
    )
    _change(run, _Given(act=Act.CANCEL, chosen=chosen, said=said, reason=reason), acting_as, yes=yes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What was typed of the decision."""

    basis: str
    document: str
    authority: str | None
    effective: str | None
    before_issue: bool
    count: int | None
    from_start: bool = False
    review_by: str | None = None


def check_count(count: int | None, found: int) -> None:
    """Refuse to act on another number of certificates than was meant: a list typed wrongly must not go through."""
    if count == found or (count is None and found == 1):
        return
    zh = "请用 --count 写明张数" if count is None else f"不是 {count} 张"
    en = "say so with --count" if count is None else f"not {count}"
    raise RefusedError("count", f"将要改变 {found} 张证书：{zh}", f"{found} certificates would change: {en}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What was typed."""

    act: Act
    chosen: Chosen
    said: _Said
    reason: Reason | None

    def order(self, opened: Opened, operator: str, today: date, numbers: Sequence[str], first: str) -> Order:
        """Return the order; who decides is who was named, else the operator's own authority."""
        said = self.said
        return Order(
            act=self.act,
            numbers=tuple(numbers),
            authority=said.authority or statuses.deciding_authority(opened, operator, [first]),
            reason=self.reason or Reason.OTHER,
            basis=said.basis,
            document=said.document,
            effective=self.first_day(opened, today, numbers),
            before_issue=said.before_issue or said.from_start,
            review_by=values.day(said.review_by, "--review-by") if said.review_by else None,
        )

    def first_day(self, opened: Opened, today: date, numbers: Sequence[str]) -> date:
        """Return the day from which it holds."""
        said = self.said
        if not said.from_start:
            return values.day(said.effective, "--effective") if said.effective else today
        if said.effective is not None:
            raise UsageError("which_day", "--from-start 和 --effective 只写一个", "say --from-start or --effective")
        if not self.chosen.is_typed:
            raise UsageError(
                "from_start_typed", "--from-start 只用于逐个写出的编号", "--from-start takes numbers that are typed"
            )
        return statuses.first_day(opened, local_actor(), numbers)


def _change(run: Run, given: _Given, operator: str, *, yes: bool) -> None:
    if not given.chosen.is_typed:
        _change_all(run, given, operator, yes=yes)
        return
    tool, numbers = run.tool, given.chosen.numbers or []
    with open_home(run) as opened:
        order = given.order(opened, operator, tool.today(), numbers, numbers[0])
        plan = statuses.plan(opened, local_actor(), order)
        data, text = _told(tool, plan, catalogue.current(opened))
        statuses.draft(opened, operator, plan)  # what would be refused is refused before it is shown as a plan
        waiting = None
        if yes:
            check_count(given.said.count, len(plan.lines))
            waiting = statuses.act_here(opened, operator, plan).waiting
            data |= {"order": None if waiting is None else waiting.number}
            if waiting is None:
                data |= publish_changes(tool, opened, [line.certificate.id for line in plan.lines])
    tool.finish(data | {"done": yes and waiting is None, "operator": operator}, text)
    _say_end(tool, given, waiting, yes=yes)


def _change_all(run: Run, given: _Given, operator: str, *, yes: bool) -> None:
    """Change everybody whom a list names or a description fits, as far as it is possible."""
    tool, chosen = run.tool, given.chosen
    whom = chosen.whom()
    with open_home(run) as opened:
        order = given.order(opened, operator, tool.today(), (), statuses.first_of(opened, whom))
        found = statuses.sorted_out(opened, local_actor(), whom, order)
        cost = statuses.cost(opened, found.plan) if found.plan.lines else None
        data, text = sortings.told(tool, found, catalogue.current(opened), cost=cost, source=chosen.source())
        done, waiting = _do(tool, opened, operator, found, given, yes=yes)
    data |= _terms(order) | done | {"operator": operator}
    code = exits.FINDINGS if found.faults and not chosen.take_good_rows else exits.DONE
    tool.finish(data, f"{text}\n\n{_order(tool, order)}", exit_code=code)
    if found.plan.lines:
        _say_end(tool, given, waiting, yes=yes)
    else:
        tool.say(
            "没有要办理的：所列的都已办理、在等第二人签字或办不了。",
            "There is nothing to do: all was done before, waits for a second operator, or is not possible.",
        )


def _do(
    tool: Tool, opened: Opened, operator: str, found: Sorted, given: _Given, *, yes: bool
) -> tuple[dict[str, Any], Waiting | None]:
    """Sign the plan, write the results, and publish; or only write the results."""
    plan, chosen = found.plan, given.chosen
    ids, waiting = [line.certificate.id for line in plan.lines], None
    if ids:
        statuses.draft(opened, operator, plan)
    if yes and ids:
        _check_faults(found.faults, chosen)
        check_count(given.said.count, len(ids))
        waiting = statuses.act_here(opened, operator, plan).waiting
    is_done = yes and bool(ids) and waiting is None
    if chosen.results is not None:
        with recorded(len(ids)) if is_done else nullcontext():
            sortings.write_results(tool, found, chosen.results, done=is_done, waiting=waiting is not None)
    said = {"done": yes and waiting is None, "order": None if waiting is None else waiting.number}
    return said | (publish_changes(tool, opened, ids) if is_done else {}), waiting


def _check_faults(faults: int, chosen: Chosen) -> None:
    """Refuse to act on part of a list that nobody said was to be done in part."""
    if faults and not chosen.take_good_rows:
        raise RefusedError(
            "list_has_faults",
            f"有 {faults} 行办不了，什么都没有办：改正名单，或加 --take-good-rows 只办能办的",
            f"{faults} rows cannot be done, and nothing was: correct the list, or add --take-good-rows",
        )


def _say_end(tool: Tool, given: _Given, waiting: Waiting | None, *, yes: bool) -> None:
    if waiting is not None:
        say_waiting(tool, waiting.number, waiting.until)
        return
    if yes:
        tool.say("已办理并公布。", "Done and published.")
        return
    if given.act is Act.WITHDRAW:
        _warn_of_consequences(tool, given.reason)
    tool.say(
        "以上是将要办理的内容，现在什么都没有改动。确认后加 --yes 再运行一次。",
        "This is what would be done; nothing was changed. If it is right, run it again with --yes.",
    )


def _warn_of_consequences(tool: Tool, reason: Reason | None) -> None:
    if reason is Reason.FRAUD:
        tool.say(
            f"同时记入诚信记录 {NATIONAL_TERM.years} 年（{NATIONAL_TERM.basis}），期内不再给此人发证。",
            f"The holder also enters the integrity record for {NATIONAL_TERM.years} years ({NATIONAL_TERM.basis}).",
        )
    elif reason is None:
        tool.say(
            "没有写明 --reason，公开的原因将是“其他原因”；弄虚作假的请写 --reason fraud。",
            "Without --reason the public reason is 'other'; for fraud, write --reason fraud.",
        )
    tool.say("撤销后不能恢复。", "A withdrawal is final.")


def _told(tool: Tool, plan: Plan, titles: Catalogue) -> tuple[dict[str, Any], str]:
    order = plan.order
    lines = [
        {
            "number": line.number,
            "holder": line.holder_masked,
            "title": titles.title(line.title).name,
            "before": line.before.word,
            "after": line.after.word,
            "legal_basis": line.legal_basis,
            "because_of": line.because_of,
        }
        for line in plan.lines
    ]
    data = _terms(order) | {"certificates": lines}
    pairs = (("证书编号", "number"), ("持证人", "holder"), ("资格", "title"), ("状态", "status"), ("授权依据", "grant"))
    rows = [
        (
            line["number"],
            line["holder"],
            line["title"],
            f"{state_name(tool, str(line['before']))} → {state_name(tool, str(line['after']))}",
            line["legal_basis"],
        )
        for line in lines
    ]
    return data, tool.table(pairs, rows, kept=("number", "status")) + "\n\n" + _order(tool, order)


def _terms(order: Order) -> dict[str, Any]:
    return {
        "act": order.act.value,
        "authority": order.authority,
        "basis": order.basis,
        "document": order.document,
        "reason": int(order.reason),
        "effective": order.effective.isoformat(),
    }


def _order(tool: Tool, order: Order) -> str:
    reason = words()["reason_classes"][str(int(order.reason))][tool.console.language]["title"]
    rows = (
        (("决定机关", "Authority"), order.authority),
        (("依据", "Basis"), order.basis),
        (("文号", "Document"), order.document),
        (("公开原因", "Public reason"), reason),
        (("生效日期", "Effective"), order.effective.isoformat()),
    )
    return tool.facts([(tool.pick(*label), value) for label, value in rows])
