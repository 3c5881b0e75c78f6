"""``titlecert annotate``: a note in the history of a certificate, such as a court's decision. Its state stays.

titlecert annotate 99000020262000001 --note 复核维持原结论 --basis 复核 --document 示人社复〔2026〕5号 --as chief1
"""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.orders import say_waiting
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.working import publish_changes
from credential.history import Act, Reason
from issuer.services import status as statuses
from issuer.services.status import Order

app = group()


@command(app, "annotate", passphrases=(OPERATOR, SERVICE))
def annotate(
    run: Run,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="证书编号。Number of the certificate.")],
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="附注，最多 200 字；持证人可见。The note; holders see it.")
    ],
    basis: Annotated[
        str, typer.Option("--basis", metavar="TEXT", help="法定依据；持证人可见。Legal basis; holders see it.")
    ],
    document: Annotated[
        str, typer.Option("--document", metavar="NUMBER", help="决定文号；持证人可见。Number of the decision.")
    ],
    acting_as: ActingAs,
    authority: Annotated[
        str | None, typer.Option("--authority", metavar="ID", help="作出决定的机关。Deciding authority.")
    ] = None,
    decision: Annotated[
        bool, typer.Option("--decision", help="依据法院或上级机关的决定。It rests on a court's or superior's decision.")
    ] = False,
    yes: Yes = False,
) -> None:
    """给证书加附注，状态不变；不加 --yes 只说明会做什么。Add a note to a certificate; dry run until --yes.

    \b
    例 Example:
      titlecert annotate 99000020262000001 --note 复核维持原结论 --basis 复核 \\
        --document 示人社复〔2026〕5号 --as chief1 --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        order = Order(
            act=Act.ANNOTATE,
            numbers=(number,),
            authority=authority or statuses.deciding_authority(opened, acting_as, [number]),
            reason=Reason.DECISION if decision else Reason.OTHER,
            basis=basis,
            document=document,
            effective=tool.today(),
            note=note,
        )
        plan = statuses.plan(opened, local_actor(), order)
        statuses.draft(opened, acting_as, plan)
        data = {"act": "annotate", "number": number, "note": note, "authority": order.authority, "document": document}
        waiting = None
        if yes:
            waiting = statuses.act_here(opened, acting_as, plan).waiting
            data |= {} if waiting else publish_changes(tool, opened, [line.certificate.id for line in plan.lines])
    rows = [(tool.pick("证书编号", "Certificate"), number), (tool.pick("附注", "Note"), note)]
    rows += [(tool.pick("决定机关", "Authority"), order.authority), (tool.pick("文号", "Document"), document)]
    tool.finish(data | {"done": yes and waiting is None, "operator": acting_as}, tool.facts(rows))
    if waiting is not None:
        say_waiting(tool, waiting.number, waiting.until)
    elif yes:
        tool.say("已办理并公布。", "Done and published.")
    else:
        tool.say("现在什么都没有改动。确认后加 --yes 再运行一次。", "Nothing was changed. If it is right, add --yes.")
