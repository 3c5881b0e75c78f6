"""``titlecert reissue``: what a stolen key signed is issued anew under the next one.

Rules: without ``--yes`` it only says what it would do. With it one operator submits the replacements, as batches;
another approves each, and issuing them changes the older certificates.

    titlecert reissue --key 0123456789abcdef --document 示人社换〔2026〕1号 --as clerk1 --home ./office
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cli.commands.keylife import instant_of, kid
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import OPERATOR, SERVICE, ActingAs, Yes
from cli.tool import Tool
from issuer.services import reissuing
from issuer.services.reissuing import Reissue

app = group()
_UNPROVEN_SHOWN = 20
"""Numbers that are shown for people; JSON has all."""


@command(app, "reissue", passphrases=(OPERATOR, SERVICE))
def reissue(
    run: Run,
    key: Annotated[
        str,
        typer.Option("--key", metavar="KID", help="失密的签发密钥，见 keys list。The stolen key, see `keys list`."),
    ],
    document: Annotated[
        str, typer.Option("--document", metavar="NUMBER", help="决定文号；持证人可见。Number of the decision.")
    ],
    acting_as: ActingAs,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="INSTANT", help="只换发此后登记的。Only what was registered since then."),
    ] = None,
    count: Annotated[
        int, typer.Option("--count", metavar="N", min=0, help="换发几张，照先显示的写。How many, as shown before.")
    ] = 0,
    yes: Yes = False,
) -> None:
    """换发失密的密钥签的证书；不加 --yes 只说明。Issue anew what a stolen key signed; dry run until --yes.

    先登记失密并公布。核查中的不换发；两位办理人没有签过字的，列出来，不换发。
    --yes 由经办人提交；另一个人用 batch approve 批准，再用 batch issue 换发。
    The theft is public before. What is suspended is left; so is a row that two operators did not sign for, and named.
    With --yes a first operator submits it; another one approves it (`batch approve`), then it is issued.

    \b
    例 Example:
      titlecert reissue --key 0123456789abcdef --document 示人社换〔2026〕1号 --as clerk1 --home ./office
      titlecert reissue --key 0123456789abcdef --document 示人社换〔2026〕1号 --as clerk1 --count 24 --yes \\
        --home ./office
    """
    tool, key_id = run.tool, kid(key, "--key")
    instant = None if since is None else instant_of(since)
    with open_home(run) as opened:
        planned = reissuing.plan(opened, key_id, since=instant)
        made: tuple[str, ...] = ()
        if yes:
            made = reissuing.submit(opened, local_actor(), acting_as, planned, document=document, count=count)
    tool.finish(
        _plain(planned) | {"batches": list(made), "operator": acting_as, "submitted": yes}, _told(tool, planned)
    )
    if not yes:
        tool.say(
            f"以上是将要办理的内容，现在什么都没有改动。确认后加 --count {planned.count} --yes 再运行一次。",
            "This is what would be done; nothing was changed. If it is right, run it again with "
            f"--count {planned.count} --yes.",
        )
        return
    for batch in made:
        tool.say(
            f"已提交为批次 {batch}。另一个人批准，然后换发：\n"
            f"  titlecert batch approve {batch} --as 另一人\n  titlecert batch issue {batch}",
            f"Submitted as batch {batch}. Another person approves it, then it is issued:\n"
            f"  titlecert batch approve {batch} --as OTHER\n  titlecert batch issue {batch}",
        )


def _plain(planned: Reissue) -> dict[str, Any]:
    return {
        "key": planned.key_id.hex(),
        "authority": planned.authority,
        "count": planned.count,
        "numbers": list(planned.numbers),
        "unproven": [{"number": each.number, "code": each.code} for each in planned.unproven],
        "suspended": planned.suspended,
        "over": planned.over,
    }


def _told(tool: Tool, planned: Reissue) -> str:
    rows = [
        (tool.pick("密钥", "Key"), planned.key_id.hex()),
        (tool.pick("发证机关", "Authority"), planned.authority),
        (tool.pick("将换发", "To be issued anew"), planned.count),
        (tool.pick("核查中，不换发", "Suspended, left"), planned.suspended),
        (tool.pick("已换发、撤销、注销", "Replaced, withdrawn, cancelled"), planned.over),
        (tool.pick("没有两人签字，不换发", "Not signed for by two, left"), len(planned.unproven)),
    ]
    lines = [tool.facts(rows)]
    if planned.unproven:
        pairs = (("证书编号", "number"), ("代码", "code"))
        unproven = [(each.number, each.code) for each in planned.unproven[:_UNPROVEN_SHOWN]]
        lines.append(tool.table(pairs, unproven, kept=("number", "code")))
    return "\n".join(lines)
