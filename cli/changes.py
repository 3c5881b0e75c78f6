"""What the root is about to sign, in words: every member that differs, with what it was and what it becomes.

Rules: nothing is left out; a member that has no words here is told by its name in the signed file. With ``--json`` the
values stand as they are signed.

    data["changes"] = [plain(each) for each in draft.changes]
    text = told(tool, draft.changes, catalogue)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from typing import Any, Final

from cli import names
from cli.console import local_time
from cli.tool import Tool
from credential.catalogue import Catalogue
from credential.errors import CredentialError
from credential.text import from_base64url
from issuer.services.trust import Change

Pair = tuple[str, str]

LATER: Final = (
    "这项变更在 titlecert publish --trust 之后才对外生效。",
    "This takes effect outside after `titlecert publish --trust`.",
)
"""What is said of a change that the next trust list brings; Chinese, English."""
_STEPS: Final[Mapping[str, Pair]] = {"new": ("新增", "new"), "gone": ("消失", "gone"), "changed": ("修改", "changed")}
_KINDS: Final[Mapping[str, Pair]] = {
    "trust_list": ("信任清单", "trust list"),
    "authority": ("发证机关", "authority"),
    "grant": ("授权", "grant"),
    "key": ("密钥", "key"),
    "document_certificate": ("文件证书", "document certificate"),
    "status_list": ("状态列表", "status list"),
    "filings_file": ("备案清单", "file of filings"),
    "committee": ("评审委员会", "committee"),
    "filing": ("核准备案", "filing"),
    "catalogue": ("职称目录", "catalogue"),
    "level": ("级别", "level"),
    "way": ("取得方式", "way"),
    "series": ("系列", "series"),
    "title": ("资格", "title"),
    "root_set": ("信任根", "root set"),
    "root_key": ("根密钥", "root key"),
}
_MEMBERS: Final[Mapping[str, Pair]] = {
    "abolished": ("已废止", "abolished"),
    "acts": ("可办事项", "acts"),
    "alg": ("算法", "algorithm"),
    "authorities": ("发证机关", "authorities"),
    "authority": ("发证机关", "authority"),
    "catalogue.digest": ("目录文件摘要", "digest of the catalogue"),
    "catalogue.version": ("目录版本", "version of the catalogue"),
    "certificate": ("证书", "certificate"),
    "checked": ("已核对", "checked"),
    "code": ("代码", "code"),
    "committee": ("评审委员会", "committee"),
    "committee_ways": ("须经评审委员会的方式", "ways that need a committee"),
    "committees": ("评审委员会", "committees"),
    "compromised_since": ("泄露起始时间", "compromised since"),
    "contact.en.address": ("英文地址", "address, in English"),
    "contact.en.hours": ("英文办公时间", "hours, in English"),
    "contact.en.telephone": ("英文栏电话", "telephone, in English"),
    "contact.en.web": ("英文网址", "web address, in English"),
    "contact.zh.address": ("地址", "address, in Chinese"),
    "contact.zh.hours": ("办公时间", "hours, in Chinese"),
    "contact.zh.telephone": ("电话", "telephone, in Chinese"),
    "contact.zh.web": ("网址", "web address, in Chinese"),
    "cwt": ("CWT 地址", "address of the CWT"),
    "demonstration": ("仅供演示", "a demonstration"),
    "deployment": ("部署编号", "deployment"),
    "document_certificates": ("文件证书", "document certificates"),
    "exp": ("有效至", "good until"),
    "ext": ("扩展内容", "extensions"),
    "filings": ("核准备案", "filings"),
    "filings.digest": ("备案清单摘要", "digest of the filings"),
    "from": ("起始", "from"),
    "grants": ("授权", "grants"),
    "hosts": ("官方查验网址", "official hosts"),
    "iat": ("签署时间", "signed at"),
    "id": ("编号", "id"),
    "jwk.crv": ("公钥曲线", "public key, curve"),
    "jwk.kty": ("公钥类型", "public key, type"),
    "jwk.x": ("公钥 x", "public key, x"),
    "jwk.y": ("公钥 y", "public key, y"),
    "jwt": ("JWT 地址", "address of the JWT"),
    "keys": ("密钥", "keys"),
    "kid": ("密钥编号", "key id"),
    "kids": ("签署密钥", "keys that sign it"),
    "legal_basis": ("法定依据", "legal basis"),
    "level": ("级别", "level"),
    "levels": ("级别", "levels"),
    "max_gap_days": ("获得至发证最多天数", "most days from award to issue"),
    "name": ("名称", "name"),
    "name_en": ("英文名称", "name in English"),
    "number": ("编号", "number"),
    "order": ("先后次序", "order"),
    "over": ("所管证书", "over whose certificates"),
    "params": ("算法参数", "parameters of the algorithm"),
    "parent": ("上级机关", "parent"),
    "publications": ("公布网址", "addresses of the publication"),
    "region": ("区划", "region"),
    "region_name": ("区划名称", "name of the region"),
    "scope": ("适用区划", "scope"),
    "scope_required": ("必须写明适用区划", "scope required"),
    "series": ("系列", "series"),
    "state": ("状态", "state"),
    "status": ("状态列表", "status lists"),
    "succeeds": ("接替的密钥", "succeeds key"),
    "threshold": ("须签署的把数", "how many must sign"),
    "titles": ("资格", "titles"),
    "until": ("截止", "until"),
    "use": ("用途", "use"),
    "v": ("格式版本", "version of the format"),
    "version": ("版本", "version"),
    "ways": ("取得方式", "ways"),
}
_SHORT: Final = frozenset({"level", "way", "series", "title"})
"""Entries that come by the hundred: a new one is told on one line."""
_INSTANTS: Final = frozenset({"compromised_since", "exp", "from", "iat", "until"})
_NAMED: Final[Mapping[str, str]] = {"acts": "act", "over": "over", "state": "state", "use": "use"}
"""What kind of names a member's words have (``cli.names``): shown behind the word that is signed."""
_KEY_IDS: Final = frozenset({"kid", "kids", "succeeds"})
_NOT_YET_SIGNED: Final = "0" * 64
"""The digest of a catalogue that is signed together with the list."""


def plain(change: Change) -> dict[str, Any]:
    """Return a change as ``--json`` prints it: ``step``, ``what``, ``which``, ``member``, ``before``, ``after``."""
    return asdict(change)


def told(tool: Tool, changes: Iterable[Change], titles: Catalogue) -> str:
    """Return the changes for people: a line for each entry, and one for each of its members below it."""
    words = _Words(tool, titles)
    lines: list[str] = []
    for (step, what, which), members in groupby(changes, key=lambda each: (each.step, each.what, each.which)):
        head = f"{tool.pick(*_STEPS[step])} {tool.pick(*_KINDS.get(what, (what, what)))} {which}".rstrip()
        told = [words.line(each) for each in members]
        if what in _SHORT and step != "changed":
            lines.append(f"{head}  {tool.pick('；', '; ').join(told)}")
        else:
            lines += [head, *(f"  {each}" for each in told)]
    return "\n".join(lines)


class _Words:
    """Members and values in the language of the console."""

    def __init__(self, tool: Tool, titles: Catalogue) -> None:
        self._tool = tool
        self._names: Mapping[str, Callable[[int], Any]] = {
            "level": titles.level,
            "levels": titles.level,
            "series": titles.series,
            "committee_ways": titles.way,
            "ways": titles.way,
        }

    def line(self, change: Change) -> str:
        """One member, with what it was and what it becomes."""
        name = self._tool.pick(*_MEMBERS.get(change.member, (change.member, change.member)))
        before, after = (self._value(change.member, value) for value in (change.before, change.after))
        if change.step == "new":
            return f"{name}: {after}"
        if change.step == "gone":
            return f"{name}: {before}"
        return f"{name}: {before} → {after}"

    def _value(self, member: str, value: object) -> str:
        if value is None:
            return self._tool.pick("无", "none")
        if isinstance(value, bool):
            return self._tool.pick("是", "yes") if value else self._tool.pick("否", "no")
        if isinstance(value, list):
            return ", ".join(self._value(member, each) for each in value) or self._tool.pick("无", "none")
        if isinstance(value, int):
            return self._number(member, value)
        return self._text(member, str(value))

    def _number(self, member: str, value: int) -> str:
        if member in _INSTANTS:
            return local_time(datetime.fromtimestamp(value, UTC).isoformat())
        if member not in self._names:
            return str(value)
        try:
            entry = self._names[member](value)
        except CredentialError:
            return str(value)  # of a catalogue that is not in use here
        return f"{value} {self._tool.pick(entry.name, entry.name_en)}"

    def _text(self, member: str, value: str) -> str:
        if value == "*":
            return (
                self._tool.pick("全部（不含 9）", "all but 9") if member == "ways" else self._tool.pick("全部", "all")
            )
        if value == _NOT_YET_SIGNED:
            return self._tool.pick("签署时产生", "made when it is signed")
        if member == "certificate":
            return f"SHA-256 {sha256(from_base64url(value)).hexdigest()}"
        if member in _KEY_IDS:
            return from_base64url(value).hex()
        called = self._tool.pick(names.name(_NAMED[member], value, "zh"), value) if member in _NAMED else value
        return f"{value} {called}" if called != value else value or self._tool.pick("空", "empty")
