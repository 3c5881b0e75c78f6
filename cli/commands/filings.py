"""``titlecert filing``: the end of a filing; one is put on file with ``committee file``.

titlecert filing end 示评备〔2025〕012号 --from 2027-01-01 --basis 示人社函〔2027〕4号 --home ./office
"""

from __future__ import annotations

from cli.commands import committees, ending
from cli.framing import Run, command, group
from cli.options import SERVICE

app = group()

command(app, "end", passphrases=(SERVICE,))(ending.filing)


@command(app, "list")
def list_all(run: Run) -> None:
    """列出评审委员会和核准备案，同 committee list。List committees with their filings, as `committee list`.

    \b
    例 Example:
      titlecert filing list --home ./office
    """
    committees.list_all(run)
