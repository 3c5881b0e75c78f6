"""``titlecert keys``: which keys a home holds. Nothing is opened, no passphrase is asked.

titlecert keys list --home ./office
"""

from __future__ import annotations

from typing import Any

from cli.console import table
from cli.framing import Run, command, group
from cli.opening import open_home
from issuer.home.opened import HeldKey
from issuer.services import keys

app = group()


@command(app, "list")
def list_all(run: Run) -> None:
    """列出密钥文件：用途、编号、建立时间、说明；不打开密钥。List key files: use, id, when made, label; opens none.

    \b
    例 Example:
      titlecert keys list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = [_plain(each) for each in keys.listed(opened)]
    pairs = (("用途", "use"), ("编号", "key id"), ("建立", "made"), ("说明", "label"))
    rows = [(each["use"], each["id"], each["created"], each["label"]) for each in found]
    tool.finish({"keys": found}, table([tool.pick(*pair) for pair in pairs], rows))


def _plain(held: HeldKey) -> dict[str, Any]:
    return {
        "use": held.use,
        "id": held.key_id.hex(),
        "created": held.created.isoformat(),
        "label": held.label,
        "file": held.place,
    }
