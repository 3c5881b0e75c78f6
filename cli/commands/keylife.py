"""The life of a key on the command line: ``keys rotate``, ``keys end``, ``keys compromise``.

Rules: to make the next key changes nothing yet, and the command says what comes next. An end and a theft are shown
first, and done with ``--yes``, while no worker runs: it holds the keys opened.

titlecert keys rotate publisher --home ./office
titlecert keys end KEY --basis 轮换 --yes --home ./office
titlecert keys compromise KEY --basis 密钥文件被复制 --yes --home ./office
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from cli.changes import LATER
from cli.commands import keychange
from cli.commands.keychange import say_run_again
from cli.console import local_time
from cli.errors import UsageError
from cli.framing import Run
from cli.opening import local_actor, open_home
from cli.options import Yes
from cli.tool import Tool
from credential.signing import KeyId, KeyUse
from issuer.services import keyends, keys
from issuer.services.keyends import KeyEnding
from issuer.services.keys import KeyAdded
from issuer.worker.worker import place_of_worker

_KID: Final = re.compile(r"[0-9a-f]{16}", re.ASCII)


class Rotated(StrEnum):
    """The uses of which this command makes the next key."""

    CREDENTIAL = "credential"
    DOCUMENT = "document"
    PUBLISHER = "publisher"
    STATUS = "status"
    ADMINISTRATOR = "administrator"
    KEK = "kek"


Key = Annotated[str, typer.Argument(metavar="KEY", help="密钥编号，见 keys list。The key's id; see `keys list`.")]
Basis = Annotated[str, typer.Option("--basis", metavar="TEXT", help="依据或原因，记入审计。Why, for the audit.")]
Use = Annotated[Rotated, typer.Argument(metavar="USE", help="用途。What the key is for.")]
Whose = Annotated[
    str | None,
    typer.Option(
        "--authority", metavar="ID", help="哪个机关的，签发和盖章密钥必须写。Whose; needed for credential and document."
    ),
]
Succeeds = Annotated[
    str | None,
    typer.Option(
        "--succeeds",
        metavar="KEY",
        help="接替哪把密钥，默认是最新一把还没有被接替的。The key in whose place it comes; by default "
        "the newest that no other succeeds.",
    ),
]


Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="INSTANT",
        help="签发密钥从更早的什么时间起失密；此后登记的证书失去效力。A credential key was stolen earlier: what was "
        "registered since then falls.",
    ),
]
Falls = Annotated[
    int,
    typer.Option(
        "--falls", metavar="N", min=0, help="会失去效力的证书数。How many certificates fall, as shown without --yes."
    ),
]


def rotate(
    run: Run, use: Use, authority: Whose = None, succeeds: Succeeds = None, basis: Basis = "", yes: Yes = False
) -> None:
    """生成下一把密钥；信任清单写明它以后才启用。Make the next key of a use; it signs once the trust list names it.

    administrator、kek 当场启用，须加 --yes；其他的只是生成，不改动什么。
    administrator and kek take effect at once and need --yes; the others change nothing yet.

    \b
    例 Example:
      titlecert keys rotate status --home ./office
      titlecert keys rotate credential --authority sf-hrss --home ./office
      titlecert keys rotate administrator --basis 轮换 --yes --home ./office
      titlecert keys rotate kek --yes --home ./office
    """
    if use is Rotated.ADMINISTRATOR:
        keychange.administrator(run, basis=basis, yes=yes)
        return
    if use is Rotated.KEK:
        keychange.kek(run, yes=yes)
        return
    tool = run.tool
    before = None if succeeds is None else kid(succeeds, "--succeeds")
    with open_home(run) as opened:
        made = keys.rotate(opened, local_actor(), KeyUse(use.value), authority=authority, succeeds=before)
    tool.finish(plain(made), _added(tool, made))
    old = made.succeeds.hex() if made.succeeds else "KEY"
    tool.say(
        f"下一步：titlecert publish --trust 核对并签署。以后由新密钥签署；再用 titlecert keys end {old} 停用原来的。"
        f"停用以前签的都仍然有效。",
        f"Next: `titlecert publish --trust`. From then on the new key signs; then end the one before with "
        f"`titlecert keys end {old}`. What it signed stays good.",
    )


def end(run: Run, key: Key, basis: Basis, yes: Yes = False) -> None:
    """停用密钥，以前签的仍有效；不加 --yes 只说明会做什么。End a key; what it signed stays good. Dry run until --yes.

    \b
    例 Example:
      titlecert keys end 0123456789abcdef --basis 轮换 --home ./office
      titlecert keys end 0123456789abcdef --basis 轮换 --yes --home ./office
    """
    tool, key_id = run.tool, kid(key, "KEY")
    with open_home(run) as opened:
        if not yes:
            _tell_end(tool, keyends.plan_end(opened, key_id))
            return
        with place_of_worker(opened):
            planned = keyends.end(opened, local_actor(), key_id, basis=basis)
    said = tool.pick(f"已停用{_called(tool, planned)}", f"Ended {_called(tool, planned)}")
    tool.finish(_ending(planned) | {"done": True}, said)
    _warn_alone(tool, planned)
    tool.say(*LATER)


def compromise(run: Run, key: Key, basis: Basis, since: Since = None, falls: Falls = 0, yes: Yes = False) -> None:
    """密钥可能已被别人得到：从现在起不再可信，并生成下一把。A key may be stolen: from now on nothing it signs counts.

    --since 只在登记簿本身可疑时写：先照常登记并公布、换发证书，最后才写；信任根要有两人签署。
    Give --since only where the register itself is in doubt, and last: after the theft is public and the right
    certificates are replaced. The root set needs two signers for it.

    \b
    例 Example:
      titlecert keys compromise 0123456789abcdef --basis 密钥文件被复制 --home ./office
      titlecert keys compromise 0123456789abcdef --basis 密钥文件被复制 --yes --home ./office
      titlecert keys compromise 0123456789abcdef --basis 备份被盗 --since 2026-11-01T00:00:00Z --home ./office
    """
    tool, key_id = run.tool, kid(key, "KEY")
    if since is not None:
        _since(run, key_id, instant_of(since), basis=basis, falls=falls, yes=yes)
        return
    with open_home(run) as opened:
        planned = keyends.plan_compromise(opened, key_id)
        if not yes:
            _tell_theft(tool, planned)
            return
        with place_of_worker(opened):
            made = keyends.compromise(opened, local_actor(), key_id, basis=basis)
    _told_theft(tool, planned, made)


def _since(run: Run, key_id: KeyId, since: datetime, *, basis: str, falls: int, yes: bool) -> None:
    tool = run.tool
    with open_home(run) as opened:
        if yes:
            with place_of_worker(opened):
                fall = keyends.compromise_since(opened, local_actor(), key_id, since, basis=basis, falls=falls)
        else:
            fall = keyends.plan_since(opened, key_id, since)
    kid_text, instant = key_id.hex(), local_time(fall.since.isoformat())
    data = {
        "id": kid_text,
        "since": fall.since.isoformat(),
        "falls": {"count": fall.count, "replaced": fall.replaced, "numbers": list(fall.numbers)},
        "done": yes,
    }
    tool.finish(
        data,
        tool.pick(
            f"{kid_text} 自 {instant} 起失密：{fall.count} 张已登记的证书失去效力，其中 {fall.replaced} 张已换发",
            f"{kid_text} compromised since {instant}: {fall.count} registered certificates fall, "
            f"{fall.replaced} of them are replaced already",
        ),
    )
    left = fall.count - fall.replaced
    if left:
        named = "、".join(fall.numbers), ", ".join(fall.numbers)
        tool.say(
            f"注意：还有 {left} 张没有换发，持证人手里的将查验为不真实：{named[0]}。",
            f"Beware: {left} are not replaced, and will not be authentic: {named[1]}.",
        )
    if yes:
        tool.say(*LATER)
        return
    tool.say(
        f"确实要这样办，写 --falls {fall.count} 和 --yes。", f"If this is meant, give --falls {fall.count} and --yes."
    )
    say_run_again(tool)


def instant_of(text: str) -> datetime:
    """Return the instant that is typed for ``--since``. Raises UsageError ``bad_since``."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(
            "bad_since",
            f"--since：{text!r} 不是带时区的时间，请写成 2026-11-01T00:00:00Z",
            f"--since: {text!r} is no instant with a time zone; write it like 2026-11-01T00:00:00Z",
        )
    return found.astimezone(UTC)


def _told_theft(tool: Tool, planned: KeyEnding, made: KeyAdded | None) -> None:
    data = _ending(planned) | {"state": "compromised", "next": None if made is None else plain(made), "done": True}
    lines = [
        tool.pick(f"已登记失密：{_called(tool, planned)}", f"Compromised from now: {_called(tool, planned)}"),
        *([] if made is None else [_added(tool, made)]),
    ]
    tool.finish(data, "\n".join(lines))
    _theft_means(tool, planned)
    if planned.key.use == KeyUse.DOCUMENT and made is None and planned.successor is None:
        tool.say(
            f"下一张盖章证书：titlecert keys request --use document --authority {planned.key.authority}。",
            f"The next document certificate: `titlecert keys request --use document "
            f"--authority {planned.key.authority}`.",
        )
    tool.say(
        "下一步，马上：titlecert publish --trust，核对后加 --yes。签署以前外面的人还不知道。",
        "Next, at once: `titlecert publish --trust`, and with `--yes` when every line is right. "
        "Nobody outside knows before the root has signed.",
    )


def _tell_end(tool: Tool, planned: KeyEnding) -> None:
    tool.finish(_ending(planned) | {"done": False}, tool.facts(_facts(tool, planned)))
    _warn_alone(tool, planned)
    say_run_again(tool)


def _tell_theft(tool: Tool, planned: KeyEnding) -> None:
    tool.finish(_ending(planned) | {"done": False}, tool.facts(_facts(tool, planned)))
    _theft_means(tool, planned)
    say_run_again(tool)


def _theft_means(tool: Tool, planned: KeyEnding) -> None:
    """What becomes of what the key signed, by its use."""
    told = {
        KeyUse.CREDENTIAL: (
            f"它签发并已登记的证书有 {planned.certificates} 张。"
            "在失密那一秒之前登记的仍然有效；在那一秒和以后登记的一律不认。",
            f"{planned.certificates} certificates that it signed are registered. What was registered before the second "
            "of the theft stays good; what is registered in that second or later does not count.",
        ),
        KeyUse.STATUS: (
            "签署信任清单以后，全部证书的状态由新密钥重新签署，一次公布。",
            "Once the trust list is signed, the state of every certificate is signed anew and published at once.",
        ),
        KeyUse.PUBLISHER: (
            "签署信任清单以后由新密钥公布；它签的一律不认。",
            "Once the trust list is signed, the new key publishes; nothing that it signed counts.",
        ),
        KeyUse.DOCUMENT: (
            "用它盖章的 PDF 一律不认，要重新制作：把 documents 目录移走，再按需制作。证书本身仍然有效。",
            "No PDF that it sealed counts: move the directory documents away, and make them anew. "
            "The certificates stay good.",
        ),
    }
    tool.say(*told[KeyUse(planned.key.use)])
    if planned.reserved:
        tool.say(
            f"注意：还有 {planned.reserved} 个编号已为它预留而没有签发，这些行不能再签发。",
            f"Beware: {planned.reserved} numbers are reserved for it and not signed; these rows cannot be issued.",
        )


def _warn_alone(tool: Tool, planned: KeyEnding) -> None:
    if planned.successor is None:
        tool.say(
            "注意：没有别的同类密钥，停用以后这个机关不能再发证或盖章。",
            "Beware: there is no other key of this use; the authority can issue or seal nothing then.",
        )


def kid(text: str, option: str) -> KeyId:
    """Return the id of a key as it is typed. Raises UsageError ``bad_key_id``."""
    if not _KID.fullmatch(text):
        raise UsageError(
            "bad_key_id",
            f"{option}：{text!r} 不是密钥编号，titlecert keys list 列出的是 16 位十六进制数",
            f"{option}: {text!r} is no key id; `titlecert keys list` shows them, 16 hexadecimal digits each",
        )
    return KeyId(bytes.fromhex(text))


def plain(made: KeyAdded) -> dict[str, Any]:
    """Return what JSON says of a key that was made."""
    return {
        "use": made.use.value,
        "authority": made.authority,
        "id": made.key_id.hex(),
        "succeeds": made.succeeds and made.succeeds.hex(),
    }


def _added(tool: Tool, made: KeyAdded) -> str:
    use, key, old = tool.name("use", made.use.value), made.key_id.hex(), made.succeeds and made.succeeds.hex()
    told = tool.pick(f"，接替 {old}", f" in the place of {old}") if old else ""
    return tool.pick(f"已生成{use}密钥 {key}{told}", f"Made {use} key {key}{told}")


def _called(tool: Tool, planned: KeyEnding) -> str:
    use, key = tool.name("use", planned.key.use), planned.key.key.key_id.hex()
    return tool.pick(f"{use}密钥 {key}", f"{use} key {key}")


def _facts(tool: Tool, planned: KeyEnding) -> list[tuple[str, object]]:
    key = planned.key
    rows: list[tuple[tuple[str, str], object]] = [
        (("密钥", "key"), _called(tool, planned)),
        (("机关", "authority"), key.authority or "-"),
        (("启用", "from"), local_time(key.valid_from.isoformat())),
        (("状态", "state"), tool.name("state", key.state.value)),
        (("接替的密钥", "next key"), planned.successor.hex() if planned.successor else "-"),
    ]
    if key.use == KeyUse.CREDENTIAL:
        rows += [
            (("已登记的证书", "certificates"), planned.certificates),
            (("预留未签的编号", "reserved"), planned.reserved),
        ]
    return [(tool.pick(*label), value) for label, value in rows]


def _ending(planned: KeyEnding) -> dict[str, Any]:
    return {
        "id": planned.key.key.key_id.hex(),
        "use": planned.key.use,
        "authority": planned.key.authority,
        "state": planned.key.state.value,
        "successor": planned.successor and planned.successor.hex(),
        "certificates": planned.certificates,
        "reserved": planned.reserved,
    }
