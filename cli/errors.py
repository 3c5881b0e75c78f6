"""The errors of the command line, and how any error is told: what happened, where, and what to do next.

Rules: nobody sees a traceback (unless ``TITLECERT_DEBUG`` is set). What the services raise carries a code and a
sentence; the words around them, in two languages, stand in ``cli.hints``. A library that is missing is told as the
extra that brings it.

    raise UsageError("no_home_given", "没有指明…", "no home was named: ...")
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from typing import Any, Final

from cli import exits, hints
from credential.errors import CodedError

_EXTRA_OF: Final = {
    "alembic": "issuer",
    "sqlalchemy": "issuer",
    "fontTools": "issuer",
    "jinja2": "issuer",
    "openpyxl": "issuer",
    "python_calamine": "issuer",
    "pydantic_settings": "issuer",
    "pylopdf_fonts_zh_cn": "issuer",
    "qrcode": "issuer",
    "typst": "issuer",
    "anyio": "verifier",
    "fastapi": "verifier",
    "h11": "verifier",
    "starlette": "verifier",
    "uvicorn": "verifier",
    "psycopg": "postgres",
}


class CliError(CodedError):
    """The root: something that the command line itself found, with its sentence in both languages."""

    exit_code = exits.FAILED

    def __init__(self, code: str, zh: str, en: str, /, **fields: object) -> None:
        super().__init__(code, en, **fields)
        self.zh = zh
        self.en = en


class UsageError(CliError):
    """What was typed does not hold together."""

    exit_code = exits.USAGE


class RefusedError(CliError):
    """The command understood, looked, and does not do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An error as it is told."""

    code: str
    headline: tuple[str, str]
    """Chinese, English."""
    detail: str
    """The sentence of whoever raised it, empty when the headline says it all."""
    next_step: tuple[str, str]
    exit_code: int

    def text(self, language: str) -> str:
        """The lines for stderr."""
        chinese = language == "zh"
        headline, step = (self.headline[0], self.next_step[0]) if chinese else (self.headline[1], self.next_step[1])
        lines = [f"错误：{headline}" if chinese else f"Error: {headline}"]
        if self.detail:
            lines.append(f"  说明：{self.detail}" if chinese else f"  {self.detail}")
        if step:
            lines.append(f"  下一步：{step}" if chinese else f"  Next: {step}")
        return "\n".join(lines)

    def plain(self, language: str) -> dict[str, Any]:
        """The object for ``--json``."""
        place = 0 if language == "zh" else 1
        told = {"code": self.code, "message": self.headline[place], "detail": self.detail}
        return {"error": told | {"next": self.next_step[place], "exit_code": self.exit_code}}


def explain(error: BaseException) -> Told:
    """Return how an error is told."""
    if isinstance(error, CliError):
        return Told(
            code=error.code,
            headline=(error.zh, error.en),
            detail="",
            next_step=hints.next_step(error.code),
            exit_code=error.exit_code,
        )
    if isinstance(error, ModuleNotFoundError):
        return _missing(error)
    if isinstance(error, OSError | sqlite3.Error):
        return _of_the_machine(error)
    if isinstance(error, CodedError):
        return Told(
            code=error.code,
            headline=hints.headline(error.code, type(error)),
            detail=str(error),
            next_step=hints.next_step(error.code),
            exit_code=exits.USAGE if type(error).__name__ == "UsageError" else exits.FAILED,
        )
    return _unforeseen(error)


def _missing(error: ModuleNotFoundError) -> Told:
    name = (error.name or "").partition(".")[0]
    extra = _EXTRA_OF.get(name)
    if extra is None:
        return _unforeseen(error)
    install = f"pip install 'titlecert[{extra}]'"
    return Told(
        code="missing_extra",
        headline=(
            f"这台机器没有安装这条命令所需的部件（缺少 {name}）",
            f"what this command needs is not installed here ({name} is missing)",
        ),
        detail="",
        next_step=(f"运行 {install}", f"run {install}"),
        exit_code=exits.FAILED,
    )


def _of_the_machine(error: OSError | sqlite3.Error) -> Told:
    detail = f"{type(error).__name__}: {error}"
    return Told(
        code="machine",
        headline=("本机的文件或磁盘操作没有成功", "an operation on this machine's files did not succeed"),
        detail=detail,
        next_step=(
            "检查路径、权限和磁盘空间后再运行同一条命令",
            "check path, permissions and space, then run it again",
        ),
        exit_code=exits.FAILED,
    )


def _unforeseen(error: BaseException) -> Told:
    return Told(
        code="unforeseen",
        headline=("程序出了没有预料到的问题", "something went wrong that nobody foresaw"),
        detail=f"{type(error).__name__}: {error}",
        next_step=(
            "没有完成的事可以用同一条命令再办；设置 TITLECERT_DEBUG=1 后重跑，把输出交给维护者",
            "running the same command again is safe; with TITLECERT_DEBUG=1 it prints what a maintainer needs",
        ),
        exit_code=exits.FAILED,
    )


def debugging() -> bool:
    """Whether tracebacks are wanted."""
    return bool(os.environ.get("TITLECERT_DEBUG"))
