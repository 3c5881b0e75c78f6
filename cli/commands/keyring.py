"""``titlecert keys``: which keys a home holds, and the life of each.

titlecert keys list --home ./office
titlecert keys rotate status --home ./office
titlecert keys request --use document --authority sf-hrss --name ... --code ... --out sf-hrss.csr --home ./office
titlecert keys import-certificate returned.pem --authority sf-hrss --trust-anchor root.pem --home ./office
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cli.commands import keychange, keylife, sealing
from cli.console import local_time
from cli.framing import Run, command, group
from cli.opening import open_home
from cli.options import ADMINISTRATOR, OPERATOR, ROOT, SERVICE
from cli.tool import Tool
from issuer.home.opened import HeldKey
from issuer.services import keys
from issuer.services.keys import KeyStanding

app = group()

command(app, "request", passphrases=(SERVICE,))(sealing.request)
command(app, "import-certificate", passphrases=(SERVICE,))(sealing.import_certificate)

command(app, "rotate", passphrases=(SERVICE, ADMINISTRATOR))(keylife.rotate)
command(app, "end")(keylife.end)
command(app, "compromise", passphrases=(SERVICE,))(keylife.compromise)
command(app, "passphrase", passphrases=(OPERATOR, ROOT, ADMINISTRATOR, SERVICE))(keychange.passphrase)


@command(app, "list")
def list_all(run: Run) -> None:
    """列出密钥文件和登记的密钥：用途、编号、状态；不打开密钥。List key files and the keys of the register; opens none.

    \b
    例 Example:
      titlecert keys list --home ./office
    """
    tool = run.tool
    with open_home(run) as opened:
        found = [_plain(each) for each in keys.listed(opened)]
        named = [_named(each) for each in keys.standing(opened)]
    tool.finish({"keys": found, "register": named}, f"{_files(tool, found)}\n\n{_states(tool, named)}")


def _files(tool: Tool, found: Sequence[dict[str, Any]]) -> str:
    pairs = (("用途", "use"), ("编号", "key id"), ("建立", "made"), ("说明", "label"))
    rows = [(tool.name("use", e["use"]), e["id"], local_time(e["created"]), e["label"]) for e in found]
    return tool.table(pairs, rows, kept=("use", "key id", "made"))


def _states(tool: Tool, named: Sequence[dict[str, Any]]) -> str:
    pairs = (("用途", "use"), ("编号", "key id"), ("状态", "state"), ("机关", "authority"), ("接替", "in place of"))
    rows = [
        (tool.name("use", e["use"]), e["id"], _state(tool, e), e["authority"] or "-", e["succeeds"] or "-")
        for e in named
    ]
    return tool.table(pairs, rows, kept=("use", "key id", "state"))


def _state(tool: Tool, named: dict[str, Any]) -> str:
    if not named["public"]:
        return tool.pick("待签署信任清单", "not public yet")
    return tool.name("state", named["state"])


def _named(standing: KeyStanding) -> dict[str, Any]:
    key = standing.key
    return {
        "use": key.use,
        "id": key.key.key_id.hex(),
        "authority": key.authority,
        "state": key.state.value,
        "public": standing.is_public,
        "from": key.valid_from.isoformat(),
        "until": key.valid_until and key.valid_until.isoformat(),
        "compromised_since": key.compromised_since and key.compromised_since.isoformat(),
        "succeeds": key.succeeds and key.succeeds.hex(),
    }


def _plain(held: HeldKey) -> dict[str, Any]:
    return {
        "use": held.use,
        "id": held.key_id.hex(),
        "created": held.created.isoformat(),
        "label": held.label,
        "file": held.place,
        "signer": held.uri,
    }
