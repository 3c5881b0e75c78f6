"""docs/CONFIGURATION.md, made from the program: every variable, every option of a service, every setting of a file.

Rules: names, forms, bounds and defaults come from the code; options have their words there too. The words of the other
settings stand in ``tools/words/configuration.toml``. A setting without words, and words without a setting, are errors.

    python -m tools.configuration            # writes docs/CONFIGURATION.md
    python -m tools.configuration --check    # exit code 1 where the page is old
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from cli.helping import spoken
from cli.main import root
from issuer.home.holders import (
    ClaimSettings,
    DeskSection,
    FilesDelivery,
    GatewayDelivery,
    OidcSettings,
    SmtpDelivery,
    UnlockSettings,
)
from issuer.home.settings import HomeSettings, TimestampSettings

ROOT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = ROOT / "docs" / "CONFIGURATION.md"
WORDS: Final = ROOT / "tools" / "words" / "configuration.toml"
SERVICES: Final = (("serve",), ("serve", "unlock"), ("serve", "desk"), ("serve", "verifier"))
FILES: Final[Mapping[str, Sequence[tuple[str, Sequence[type[BaseModel]]]]]] = {
    "home.json": (("home", (HomeSettings,)), ("timestamps", (TimestampSettings,))),
    "holders.toml": (
        ("claims", (ClaimSettings,)),
        ("unlock", (UnlockSettings,)),
        ("delivery", (FilesDelivery, SmtpDelivery, GatewayDelivery)),
        ("oidc", (OidcSettings,)),
        ("desk", (DeskSection,)),
    ),
}
_HEAD: Final = """# 设置 · Configuration

<!-- Made by `python -m tools.configuration`. -->

每项设置的名称、写法、默认值和含义，由程序生成。
Every setting with its name, form, default and meaning, made from the program.

命令行的选项先于环境变量，环境变量先于文件。
An option of the command line comes before a variable of the environment, and that before a file.
systemd 从文件读环境变量，见 [deploy/](../deploy/README.zh.md)。
systemd reads variables from a file; see [deploy/](../deploy/README.md).
口令不写在环境变量和命令行里，只写在 0600 的文件里；数据库地址里的口令除外。
Passphrases stand in 0600 files, never in the environment or on the command line.
The password in a database's address is the exception.
"""
_COLUMNS: Final = ("含义 Meaning (中文)", "Meaning (English)")


@cache
def words() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Return the words of settings: by section, by name, Chinese and English."""
    return tomllib.loads(WORDS.read_text("utf-8"))


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD, "## 环境变量 · Variables of the environment\n", _table(("变量 Variable", *_COLUMNS), variables())]
    for service in SERVICES:
        parts += [f"## `titlecert {' '.join(service)}`\n", _table(_OPTION_HEAD, options(service))]
    for file, sections in FILES.items():
        parts.append(f"## `{file}`\n")
        for section, models in sections:
            title = "" if section == "home" else f"### `{section}`\n"
            parts += [title, _table(_SETTING_HEAD, settings(section, models))]
    return "\n".join(filter(None, parts))


_OPTION_HEAD: Final = ("选项 Option", "变量 Variable", "默认 Default", *_COLUMNS)
_SETTING_HEAD: Final = ("名称 Name", "写法 Form", "默认 Default", *_COLUMNS)


def variables() -> Iterator[Sequence[str]]:
    """Yield a line for each variable: those of options first, by name."""
    seen: dict[str, Sequence[str]] = {}
    for service in SERVICES:
        for each in _parameters(service):
            if each.envvar:
                seen.setdefault(str(each.envvar), (spoken(each.help, "zh"), spoken(each.help, "en")))
    for name, (zh, en) in sorted({**seen, **words()["variables"]}.items()):
        yield f"`{name}`", zh, en


def options(service: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield a line for each option of a service."""
    for each in _parameters(service):
        default = "" if each.default in (None, False) else f"`{getattr(each.default, 'value', each.default)}`"
        variable = f"`{each.envvar}`" if each.envvar else ""
        metavar = "" if each.is_flag else f" {each.metavar or str(each.name).upper()}"
        yield f"`{each.opts[0]}{metavar}`", variable, default, spoken(each.help, "zh"), spoken(each.help, "en")


def settings(section: str, models: Sequence[type[BaseModel]]) -> Iterator[Sequence[str]]:
    """Yield a line for each setting of a section. Raises KeyError for one without words."""
    shown: dict[str, Mapping[str, Any]] = {}
    for model in models:
        found = model.model_json_schema()
        for name, form in found["properties"].items():
            shown.setdefault(name, {**form, "required": name in found.get("required", ())})
    for name, form in shown.items():
        zh, en = words()[section][name]
        yield f"`{name}`", _form(name, form, models), _default(form), zh, en


def _parameters(service: Sequence[str]) -> list[Any]:
    command: Any = root()
    for name in service:
        command = command.commands[name]
        command = getattr(command, "loaded", command)
    return [each for each in command.params if getattr(each, "help", None) and not each.hidden]


def _form(name: str, form: Mapping[str, Any], models: Sequence[type[BaseModel]]) -> str:
    if name == "kind":
        return " ".join(f"`{each.model_json_schema()['properties'][name]['const']}`" for each in models)
    if "enum" in form:
        return " ".join(f"`{each}`" for each in form["enum"])
    kind = str(form.get("type", "object"))
    low, high = form.get("minimum"), form.get("maximum")
    return f"{kind} {low}–{high}" if low is not None else kind


def _default(form: Mapping[str, Any]) -> str:
    if form["required"]:
        return "必填 required"
    value = form.get("default", "")
    if not isinstance(value, bool) and not value:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or say whether it is old; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.configuration", description="docs/CONFIGURATION.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where the page is old")
    made = page()
    if parser.parse_args(arguments).check:
        is_old = not PAGE.is_file() or PAGE.read_text("utf-8") != made
        print("docs/CONFIGURATION.md is old" if is_old else "docs/CONFIGURATION.md is as the program says")
        return int(is_old)
    PAGE.write_text(made, "utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
