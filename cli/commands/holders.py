"""``titlecert holder``: the people who hold certificates.

titlecert holder merge 99000020262000001 99000020262000002 --document 示人社〔2026〕9号 --as chief1 --home ./office
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.tool import Tool
from issuer.services import holders
from issuer.services.holders import MergePlan, Named

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
