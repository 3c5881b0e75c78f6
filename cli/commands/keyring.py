"""``titlecert keys``: which keys a home holds, and the next status key.

titlecert keys list --home ./office
titlecert keys next-status --home ./office
titlecert keys request --use document --authority sf-hrss --name ... --code ... --out sf-hrss.csr --home ./office
titlecert keys import-certificate returned.pem --authority sf-hrss --trust-anchor root.pem --home ./office
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer

from cli.commands import sealing
from cli.commands.authorities import LATER
from cli.console import local_time
from cli.errors import UsageError
from cli.framing import Run, command, group
from cli.opening import local_actor, open_home
from cli.options import SERVICE
from credential.signing import KeyId
from issuer.home.opened import HeldKey
from issuer.services import keys

app = group()

command(app, "request", passphrases=(SERVICE,))(sealing.request)
command(app, "import-certificate", passphrases=(SERVICE,))(sealing.import_certificate)

_KID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


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
    rows = [(tool.name("use", e["use"]), e["id"], local_time(e["created"]), e["label"]) for e in found]
    tool.finish({"keys": found}, tool.table(pairs, rows, kept=("use", "key id", "made")))


@command(app, "next-status", passphrases=(SERVICE,))
def next_status(
    run: Run,
    succeeds: Annotated[
        str | None,
        typer.Option(
            "--succeeds",
            metavar="KEY",
            help="接替哪个状态密钥，默认是最新一个还没有被接替的。The status key in whose place it comes; by default "
            "the newest that no other succeeds.",
        ),
    ] = None,
) -> None:
    """生成下一个状态密钥：接替原来的，可以重新签署它签过的历史。Make the next status key, in the place of the last.

    \b
    例 Example:
      titlecert keys next-status --home ./office
    """
    tool = run.tool
    before = None if succeeds is None else _kid(succeeds)
    with open_home(run) as opened:
        made = keys.add_status(opened, local_actor(), succeeds=before)
    key, old = made.key_id.hex(), made.succeeds.hex() if made.succeeds else None
    told = tool.pick(f"，接替 {old}", f" in the place of {old}") if old else ""
    said = tool.pick(f"已生成状态密钥 {key}{told}", f"Made status key {key}{told}")
    tool.finish({"use": "status", "id": key, "succeeds": old}, said)
    tool.say(*LATER)


def _kid(text: str) -> KeyId:
    if not _KID.fullmatch(text):
        raise UsageError(
            "bad_key_id",
            f"--succeeds：{text!r} 不是密钥编号，titlecert keys list 列出的是 16 位十六进制数",
            f"--succeeds: {text!r} is no key id; `titlecert keys list` shows them, 16 hexadecimal digits each",
        )
    return KeyId(bytes.fromhex(text))


def _plain(held: HeldKey) -> dict[str, Any]:
    return {
        "use": held.use,
        "id": held.key_id.hex(),
        "created": held.created.isoformat(),
        "label": held.label,
        "file": held.place,
        "signer": held.uri,
    }
