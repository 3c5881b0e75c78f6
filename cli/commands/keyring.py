"""``titlecert keys``: which keys a home holds. Nothing is opened, no passphrase is asked.

titlecert keys list --home ./office
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

from cli.console import table
from cli.exits import EPILOG
from cli.opening import open_home
from cli.options import Home, Json, Language
from cli.tool import begin

if TYPE_CHECKING:
    from issuer.home.paths import Home as OpenHome

app = typer.Typer(help="密钥。Keys of a home.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list", epilog=EPILOG)
def list_all(context: typer.Context, home: Home = None, json_output: Json = False, language: Language = None) -> None:
    """列出密钥文件：用途、编号、建立时间、说明；不打开密钥。List key files: use, id, when made, label; opens none.

    \b
    例 Example:
      titlecert keys list --home ./office
    """
    tool = begin(context, json_output, language)
    found = _records(open_home(home))
    pairs = (("用途", "use"), ("编号", "key id"), ("建立", "made"), ("说明", "label"))
    rows = [(each["use"], each["id"], each["created"], each["label"]) for each in found]
    tool.finish({"keys": found}, table([tool.pick(*pair) for pair in pairs], rows))


def _records(home: OpenHome) -> list[dict[str, Any]]:
    from issuer.worker import setup  # noqa: PLC0415
    from keys.errors import KeyNotFoundError  # noqa: PLC0415

    records: list[Any] = []
    with suppress(KeyNotFoundError):  # the root may be on a medium of its own, as it should be
        records.append(setup.root_file(home).record())
    records += setup.key_store(home).records()
    found = [_plain(each.use.value, each.key_id, each) for each in records]
    return found + [_plain(each.use.value, each.secret_id, each) for each in setup.secret_store(home).records()]


def _plain(use: str, key_id: bytes, record: Any) -> dict[str, Any]:
    return {
        "use": use,
        "id": key_id.hex(),
        "created": record.created.isoformat(),
        "label": record.label,
        "file": str(record.path),
    }
