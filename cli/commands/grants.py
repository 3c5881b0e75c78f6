"""``titlecert grant``: the grants of authorities by number, and their end.

titlecert grant list --home ./office
titlecert grant end 3 --from 2027-01-01 --basis 示政发〔2026〕9号 --home ./office
"""

from __future__ import annotations

from cli.commands import ending
from cli.commands.authorities import granted_line
from cli.framing import Run, command, group
from cli.opening import open_home
from cli.options import SERVICE
from credential.grants import grant_to_json
from issuer.services import ends

app = group()

command(app, "end", passphrases=(SERVICE,))(ending.grant)


@command(app, "list")
def list_all(run: Run) -> None:
    """列出全部授权及其序号。List all grants with their numbers.

    \b
    例 Example:
      titlecert grant list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = ends.grants(opened)
    data = [
        {
            "number": each.number,
            "authority": each.authority,
            "grant": dict(grant_to_json(each.grant)),
            "ended_from": each.ended and each.ended.first.isoformat(),
            "basis": each.ended and each.ended.basis,
        }
        for each in found
    ]
    pairs = (("序号", "number"), ("机关", "authority"), ("授权", "grant"))
    rows = [(each.number, each.authority, granted_line(tool, each.grant)) for each in found]
    tool.finish({"grants": data}, tool.table(pairs, rows, kept=("number", "authority")))
