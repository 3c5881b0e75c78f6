"""``imprint.toml``: who runs a checking service, and how to reach them, written by whoever runs it.

Rules: the file may be missing, and every member of it but the operator's name. What it says is shown as text, and an
address as a link only when it is https. It stands on the service's help page and is not signed: what a certificate
says, and whom to ask about it, comes from the trust list.

    # imprint.toml
    operator = "示范省人力资源和社会保障厅"
    operator_en = "Department of Human Resources and Social Security of Shifan"
    address = "示范省示范市示范路1号"
    telephone = "0000-12345678"
    email = "zhicheng@shifan-sample.cn"
    web = "https://rst.shifan-sample.cn/"
    report = "https://rst.shifan-sample.cn/jubao"
    licence = "示ICP备00000000号"
    accessibility = "https://rst.shifan-sample.cn/wuzhangai"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from verifier.errors import UsageError

MAX_IMPRINT: Final = 16 << 10
MAX_LINE: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """Who runs the service. Every member is a text of one line; an empty one is not shown."""

    operator: str
    operator_en: str = ""
    address: str = ""
    telephone: str = ""
    email: str = ""
    web: str = ""
    report: str = ""
    """Where forged certificates and sites are reported: an https address, a number or an e-mail address."""
    licence: str = ""
    """ICP 备案号, as the law of the place asks for (互联网信息服务管理办法, article 12)."""
    accessibility: str = ""
    """Where barriers of the page are reported, beside telephone and e-mail."""


def read_imprint(path: Path) -> Imprint:
    """Read the file.

    Raises:
        UsageError: ``imprint``: it cannot be read, is too large, no TOML, or a member is unknown, missing or no text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_IMPRINT + 1)
        loaded = tomllib.loads(data.decode("utf-8")) if len(data) <= MAX_IMPRINT else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, str(error)) from error
    if loaded is None:
        raise _wrong(path, f"it is larger than {MAX_IMPRINT} bytes")
    known = {each.name for each in fields(Imprint)}
    for name, value in loaded.items():
        if name not in known:
            raise _wrong(path, f"{name} is unknown; there are {', '.join(sorted(known))}")
        if not (isinstance(value, str) and len(value) <= MAX_LINE and value.isprintable()):
            raise _wrong(path, f"{name} is no text of one line with at most {MAX_LINE} characters")
    if not loaded.get("operator"):
        raise _wrong(path, "operator is missing: the name of whoever runs the service")
    return Imprint(**loaded)


def _wrong(path: Path, why: str) -> UsageError:
    return UsageError("imprint", f"{path}: {why}", path=str(path), why=why)
