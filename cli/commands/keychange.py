"""What changes at once in a home: the administrator's key, the key-encryption key, and passphrases.

Rules: each is shown first, and done with ``--yes``, while no worker runs. A run that was killed is run again.

titlecert keys rotate administrator --basis 轮换 --yes --home ./office
titlecert keys rotate kek --yes --home ./office
titlecert keys passphrase service --yes --home ./office
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.errors import UsageError
from cli.framing import Run
from cli.opening import Asking, local_actor, open_home
from cli.options import Yes
from cli.progress import progress
from cli.tool import Tool
from issuer.home.paths import Home
from issuer.services import administrators, operators, passphrases, wrapping
from issuer.worker.worker import place_of_worker
from keys.passphrase import Passphrase, prompt_passphrase, read_passphrase_file

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="哪个口令：service、root、administrator 或办理人编号。Whose: service, root, administrator, or an "
        "operator's id.",
    ),
]
NewFile = Annotated[
    Path | None,
    typer.Option(
        "--new-passphrase-file", metavar="FILE", help="新口令的文件（权限 0600）。The new passphrase, a 0600 file."
    ),
]
Random = Annotated[
    bool,
    typer.Option(
        "--make-passphrase",
        help="随机生成新口令，写回 HOME/secrets。Make a random one and keep it in HOME/secrets, where one is kept.",
    ),
]


def administrator(run: Run, *, basis: str, yes: bool) -> None:
    """Give the administrator another key; without ``yes`` show who would stand in the file that it signs."""
    tool = run.tool
    if not basis:
        raise UsageError("needs_basis", "请用 --basis 写明依据或原因", "say why with --basis")
    with open_home(run) as opened:
        if not yes:
            named = [each.operator.id for each in operators.listed(opened)]
            text = tool.pick(f"将重新签署办理人名单：{'、'.join(named)}", f"Would sign the file of {', '.join(named)}")
            tool.finish({"use": "administrator", "operators": named, "done": False}, text)
            say_run_again(tool)
            return
        with place_of_worker(opened):
            done = administrators.rotate(opened, local_actor(), basis=basis)
    data = {
        "use": "administrator",
        "id": done.key_id.hex(),
        "ended": [each.hex() for each in done.ended],
        "operators": list(done.operators),
        "version": done.version,
        "done": True,
    }
    key = done.key_id.hex()
    tool.finish(data, tool.pick(f"管理员密钥换为 {key}", f"The administrator's key is {key} now"))
    tool.say(
        "名单里的人没有变。旧密钥可能失密的，逐个核对 titlecert operator list，停用不认识的人。",
        "The same people stand in the file. If the old key may be stolen, go through `titlecert operator list` and "
        "end whoever you do not know.",
    )


def kek(run: Run, *, yes: bool) -> None:
    """Wrap every data key under another key-encryption key; without ``yes`` say what that is."""
    tool = run.tool
    with open_home(run) as opened:
        if not yes:
            total = wrapping.count(opened)
            text = tool.pick(f"将重新加密 {total} 把数据密钥", f"Would wrap {total} data keys anew")
            tool.finish({"use": "kek", "total": total, "done": False}, text)
            say_run_again(tool)
            return
        with place_of_worker(opened), progress(tool, "wrap") as (step,):
            done = wrapping.rotate(opened, local_actor(), step)
    data = {"use": "kek", "id": done.key_id.hex(), "changed": done.changed, "total": done.total, "done": True}
    said = tool.pick(
        f"已换数据加密密钥：{done.total} 把数据密钥，本次重新加密 {done.changed} 把",
        f"The key-encryption key is new: {done.total} data keys, {done.changed} of them wrapped anew in this run",
    )
    tool.finish(data, said)
    tool.say(
        "以前的备份要用旧密钥才能读，它移到了 keys/ended；备份都过期以后销毁它。"
        "重新启动 titlecert serve 和 serve unlock。",
        "Backups of before need the old key, which is in keys/ended now: destroy it when they are gone. "
        "Start `titlecert serve` and `serve unlock` again.",
    )


def passphrase(run: Run, name: Name, new_file: NewFile = None, make: Random = False, yes: Yes = False) -> None:
    """更换口令，密钥不变；不加 --yes 只说明会做什么。Another passphrase; the keys stay. Dry run until --yes.

    \b
    例 Example:
      titlecert keys passphrase service --home ./office
      titlecert keys passphrase service --make-passphrase --yes --home ./office
      titlecert keys passphrase chief1 --yes --home ./office
    """
    tool = run.tool
    if new_file is not None and make:
        raise UsageError(
            "which_passphrase",
            "--new-passphrase-file 和 --make-passphrase 只能写一项",
            "give --new-passphrase-file or --make-passphrase, not both",
        )
    home = Home.open(run.directory)
    kept = home.secrets / f"{name}.passphrase"
    if make and not kept.is_file():
        raise UsageError(
            "not_kept",
            f"{kept} 不存在，随机口令没有地方保存；用 --new-passphrase-file，或在终端输入",
            f"there is no {kept} to keep a random passphrase in; give --new-passphrase-file, or type one",
        )
    asking = _Changing(run, home.secrets, new_file, make)
    with open_home(run, asking) as opened:
        if not yes:
            tool.finish({"name": name, "kept": kept.is_file(), "done": False}, _planned(tool, name, kept))
            say_run_again(tool)
            return
        with place_of_worker(opened):
            done = passphrases.change(opened, local_actor(), name)
    data: dict[str, Any] = {"name": name, "files": done.files, "kept": kept.is_file(), "done": True}
    said = tool.pick(
        f"已更换 {name} 的口令，重新加密 {done.files} 个文件",
        f"The passphrase of {name} is new; {done.files} files are sealed under it",
    )
    tool.finish(data, said)
    tool.say(
        "以前的备份仍用旧口令打开；旧口令已经泄露的，要换密钥，换口令不够。",
        "Backups of before still open with the old one: where the old passphrase is known to others, the keys are to "
        "be replaced, too.",
    )


def say_run_again(tool: Tool) -> None:
    """Say of a dry run that it was one."""
    tool.say(
        "现在什么都没有改动。确认后加 --yes 再运行一次。", "Nothing was changed. Run it again with --yes to do it."
    )


def _planned(tool: Tool, name: str, kept: Path) -> str:
    also_zh = f"，并改写 {kept}" if kept.is_file() else ""
    also_en = f", and {kept} with them" if kept.is_file() else ""
    return tool.pick(
        f"将用新口令重新加密 {name} 的口令所打开的全部文件{also_zh}",
        f"Would seal every file that the passphrase of {name} opens under a new one{also_en}",
    )


class _Changing:
    """Passphrases as always, but for the new one. It satisfies ``issuer.home.opening.Passphrases``."""

    def __init__(self, run: Run, kept: Path, new_file: Path | None, make: bool) -> None:
        self._tool, self._asking = run.tool, Asking(run, kept)
        self._new_file, self._make = new_file, make

    def __call__(self, name: str, *, new: bool = False) -> Passphrase:
        if not new:
            return self._asking(name)
        if self._make:
            return Passphrase(secrets.token_urlsafe(24))
        if self._new_file is not None:
            return read_passphrase_file(self._new_file.expanduser())
        ask = self._tool.ask or self._asking.terminal(name)
        label = self._tool.pick(f"{name} 的新口令", f"New passphrase of {name}")
        return prompt_passphrase(label, repeat=True, ask=ask)
