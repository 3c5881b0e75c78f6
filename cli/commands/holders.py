"""``titlecert holder``: the people who hold certificates: merged when two are one, and erased.

titlecert holder merge 99000020262000001 99000020262000002 --document 示人社〔2026〕9号 --as chief1 --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

import typer

from cli.commands.orders import say_waiting
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.tool import Tool
from credential.history import REASONS_OF, Act, Reason
from issuer.services import holders, status
from issuer.services.holders import MergePlan, Named, SealedRecord
from issuer.services.status import Line

app = group()


@command(app, "merge", passphrases=(OPERATOR, SERVICE))
def merge(
    run: Run,
    one: Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of a certificate.")],
    two: Annotated[
        str,
        typer.Argument(metavar="OTHER", help="同一人另一证件的证书编号。Of one with the other ID document."),
    ],
    document: Annotated[
        str, typer.Option("--document", metavar="NUMBER", help="决定的文号。Number of the decision document.")
    ],
    acting_as: ActingAs,
    yes: Yes = False,
) -> None:
    """两个证件是同一个人：合并持证人，不能恢复；不加 --yes 只说明。Two ID documents, one person; dry run until --yes.

    证书不变；此后用任一证件登录，都看到两边的证书。No certificate changes; either document then opens both.

    \b
    例 Example:
      titlecert holder merge 99000020262000001 99000020262000002 --document 示人社〔2026〕9号 --as chief1
    """
    tool = run.tool
    with open_home(run) as opened:
        plan = holders.plan_merge(opened, local_actor(), one, two)
        if not plan.is_same_name:
            tool.say(
                "注意：两边的姓名或性别不同，请核对原件。",
                "Beware: name or sex differ; compare the original documents.",
            )
        made = holders.draft_merge(opened, acting_as, one, two, document=document)
        if yes:
            holders.merge_here(opened, acting_as, one, two, document=document)
    data = {"holder": asdict(plan.holder), "into": asdict(plan.into), "operator": acting_as, "done": yes}
    tool.finish(data | {"act": made.statement.act.value}, _text(tool, plan))
    if yes:
        tool.say(f"已合并，{acting_as} 签字。", f"Merged, {acting_as}.")
    else:
        tool.say("没有改动。加 --yes 就照此合并。", "Nothing was changed. With --yes they are merged.")


_REASONS: Final = {reason.word: reason for reason in Reason if reason in REASONS_OF[Act.ERASE]}


def _reason(text: str) -> Reason:
    if text not in _REASONS:
        raise ValueError(f"{text!r} is not one of {', '.join(map(repr, _REASONS))}.")
    return _REASONS[text]


@command(app, "erase", passphrases=(OPERATOR, SERVICE))
def erase(
    run: Run,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="此人的一张证书。A certificate of the person.")],
    basis: Annotated[str, typer.Option("--basis", metavar="TEXT", help="法定依据。The legal basis.")],
    document: Annotated[str, typer.Option("--document", metavar="NUMBER", help="决定的文号。Number of the decision.")],
    acting_as: ActingAs,
    reason: Annotated[
        Reason,
        typer.Option(
            "--reason",
            parser=_reason,
            metavar=f"<{'|'.join(_REASONS)}>",
            help="公开的原因：本人交回、死亡、决定、差错。Public reason class.",
        ),
    ],
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="ID", help="作出决定的机关。Deciding authority.")
    ] = None,
    yes: Yes = False,
) -> None:
    """删除一个人的全部资料，不能恢复，要两个人签字；不加 --yes 只说明。Erase a person, for good; dry run until --yes.

    有效的证书同时注销。Certificates in force are cancelled by the same act.

    \b
    例 Example:
      titlecert holder erase 99000020262000001 --reason surrendered --basis 个人信息保护法第四十七条 \\
        --document 示人社注〔2026〕7号 --as chief1 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        deciding = authority or status.deciding_authority(opened, acting_as, [number])
        plan = holders.plan_erasure(
            opened, local_actor(), number, authority=deciding, reason=reason, basis=basis, document=document
        )
        status.draft(opened, acting_as, plan)
        stays = holders.sealed_records(opened, plan)
        waiting = status.act_here(opened, acting_as, plan).waiting if yes else None
    numbers = [line.number for line in plan.lines]
    data = {"act": "erase", "certificates": numbers, "authority": deciding, "operator": acting_as, "done": False}
    pairs = (("证书编号", "certificate"), ("持证人", "holder"), ("状态", "status"))
    rows = [(line.number, line.holder_masked, _states(tool, line)) for line in plan.lines]
    text = tool.table(pairs, rows, kept=("certificate", "status"))
    data |= {"order": None if waiting is None else waiting.number, "integrity_records": [each.id for each in stays]}
    tool.finish(data, f"{text}\n\n{_what_goes(tool)}{_what_stays(tool, stays)}")
    if waiting is not None:
        say_waiting(tool, waiting.number, waiting.until)
    else:
        tool.say(
            "以上是将要办理的内容，现在什么都没有改动。确认后加 --yes 再运行一次。",
            "This is what would be done; nothing was changed. If it is right, run it again with --yes.",
        )


def _states(tool: Tool, line: Line) -> str:
    states = list(dict.fromkeys((line.before.word, line.after.word, "erased")))
    return " → ".join(tool.name("state", each) for each in states)


def _what_goes(tool: Tool) -> str:
    return tool.pick(
        "删除：此人的数据密钥，登记簿里的内容此后谁也打不开；查验码和按查验码公布的记录、证面内容、照片、PDF、可用的领取码。\n"
        "留下：证书编号、状态和变更的履历，没有姓名。\n"
        "收不回：别人已经保存的 PDF 和二维码（查验时显示已注销或已撤销），别人缓存的公布文件；\n"
        "备份里的内容，到备份所用的密钥期满销毁为止。",
        "Deleted: the person's data key, after which nobody opens what the register holds; check codes and the records "
        "published under them, faces, photos, PDFs, open claim codes.\n"
        "Kept: number, state and history of each certificate, without a name.\n"
        "Not recalled: PDFs and QR codes that others keep (a check says cancelled or withdrawn), and published files "
        "that others cached;\n"
        "what is in backups, until the keys of those backups have ended and are destroyed.",
    )


def _what_stays(tool: Tool, stays: Sequence[SealedRecord]) -> str:
    """Added integrity records keep the name for their term; the others hold none."""
    lines = []
    for each in stays:
        zh = "期满" if each.until is None else f" {each.until} "
        en = "for its term" if each.until is None else f"until {each.until}"
        lines.append(
            tool.pick(
                f"\n不删除：诚信档案 {each.id}（{each.document}）里封存的姓名和证件，保存到{zh}为止"
                "（个人信息保护法第四十七条第二款）。",
                f"\nNot deleted: name and ID document sealed in integrity record {each.id} ({each.document}), "
                f"kept {en} (Personal Information Protection Law, article 47, paragraph 2).",
            )
        )
    return "".join(lines)


def _text(tool: Tool, plan: MergePlan) -> str:
    pairs = (
        ("证书编号", "certificate"),
        ("姓名", "name"),
        ("性别", "sex"),
        ("证件", "ID document"),
        ("证件号码", "ID number"),
        ("工作单位", "employer"),
    )
    return tool.table(pairs, [_row(tool, each) for each in (plan.into, plan.holder)], kept=("certificate",))


def _row(tool: Tool, each: Named) -> tuple[str, ...]:
    sex = tool.pick(each.sex, {"男": "male", "女": "female"}[each.sex])
    return (each.number, each.name, sex, tool.name("id_type", each.id_type), each.id_shown, each.employer)
