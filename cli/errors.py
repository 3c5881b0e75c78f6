"""The errors of the command line, and how any error is told: what happened, where, and what to do next.

Rules: nobody sees a traceback or SQL (unless ``TITLECERT_DEBUG`` is set). What the services raise carries a code,
values and an English sentence; the words in two languages stand in ``cli.hints``, and who reads Chinese gets no English
sentence. What the machine does gets its code in ``issuer.home.machine``. A library that is missing is told as the extra
that brings it.

    raise UsageError("no_home_given", "没有指明…", "no home was named: ...")
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cli import exits, hints
from credential.errors import CodedError

_EXTRA_OF: Final = {
    "alembic": "issuer",
    "sqlalchemy": "issuer",
    "fontTools": "issuer",
    "jinja2": "issuer",
    "pydantic_settings": "issuer",
    "pylopdf_fonts_zh_cn": "issuer",
    "qrcode": "issuer",
    "typst": "issuer",
    "xlsxwriter": "issuer",
    "anyio": "verifier",
    "fastapi": "verifier",
    "h11": "verifier",
    "starlette": "verifier",
    "uvicorn": "verifier",
    "prometheus_client": "verifier",
    "structlog": "verifier",
    "httpx": "desk",
    "joserfc": "desk",
    "psycopg": "postgres",
}


NOT_WRITTEN: Final = "output_not_written"
"""The code of an answer that could not be written to stdout."""


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


class RecordedError(RefusedError):
    """What was asked for is recorded and not public: it is not to be entered again, and what comes next is said."""

    def __init__(self, reason: tuple[str, str], /, *, cause: str | None, count: int, exit_code: int) -> None:
        zh = f"已经登记（{count} 张证书），但还没有公布，公众暂时看不到"
        en = f"it is recorded ({count} certificates) and not public yet"
        super().__init__("recorded_not_public", zh, en, certificates=count)
        self.reason = reason
        """Why it is not public, Chinese and English."""
        self.cause = cause
        """The code of that, where there is one."""
        self.exit_code = exit_code


class StoppedError(RefusedError):
    """Long work was told to end. What is done is kept, and a command goes on with the rest."""

    def __init__(self, done: tuple[str, str], command: str, /) -> None:
        super().__init__("interrupted", "已中断", "Interrupted")
        self.done = done
        """What is done and what is left, Chinese and English."""
        self.command = command
        """The command line that goes on."""
        self.exit_code = exits.INTERRUPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An error as it is told."""

    code: str
    headline: tuple[str, str]
    """Chinese, English."""
    detail: str
    """In English: the sentence of the code that raised it, empty when the headline says it all."""
    next_step: tuple[str, str]
    exit_code: int
    detail_zh: str = ""
    """In Chinese, likewise."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """What else a program wants to know."""

    def text(self, language: str) -> str:
        """The lines for stderr."""
        chinese = language == "zh"
        headline, step = (self.headline[0], self.next_step[0]) if chinese else (self.headline[1], self.next_step[1])
        lines = [f"错误：{headline}" if chinese else f"Error: {headline}"]
        if detail := self.detail_in(language):
            lines.append(f"  说明：{detail}" if chinese else f"  {detail}")
        if step:
            lines.append(f"  下一步：{step}" if chinese else f"  Next: {step}")
        return "\n".join(lines)

    def detail_in(self, language: str) -> str:
        """The explanation in a language."""
        return self.detail_zh if language == "zh" else self.detail

    def plain(self, language: str) -> dict[str, Any]:
        """The object for ``--json``."""
        place = 0 if language == "zh" else 1
        told = {"code": self.code, "message": self.headline[place], "detail": self.detail_in(language)}
        return {"error": told | {"next": self.next_step[place], "exit_code": self.exit_code} | dict(self.more)}


def explain(error: BaseException) -> Told:
    """Return how an error is told."""
    if isinstance(error, RecordedError):
        return _recorded(error)
    if isinstance(error, StoppedError):
        return _stopped(error)
    if isinstance(error, CliError):
        return Told(
            code=error.code,
            headline=(error.zh, error.en),
            detail="",
            next_step=hints.next_step(error.code, type(error)),
            exit_code=error.exit_code,
        )
    if isinstance(error, ModuleNotFoundError):
        return _missing(error)
    known = error if isinstance(error, CodedError) else _of_the_machine(error)
    return _unforeseen(error) if known is None else _coded(known)


def _coded(error: CodedError) -> Told:
    kind = type(error)
    return Told(
        code=error.code,
        headline=hints.headline(error.code, kind),
        detail=hints.explanation(error.code, error.fields, "en") or str(error),
        detail_zh=hints.explanation(error.code, error.fields, "zh"),
        next_step=hints.next_step(error.code, kind),
        exit_code=exits.USAGE if kind.__name__ == "UsageError" else exits.FAILED,
    )


def _recorded(error: RecordedError) -> Told:
    return Told(
        code=error.code,
        headline=(error.zh, error.en),
        detail=error.reason[1],
        detail_zh=error.reason[0],
        next_step=hints.next_step(error.code, type(error)),
        exit_code=error.exit_code,
        more={"recorded": True, "public": False, "cause": error.cause},
    )


def _stopped(error: StoppedError) -> Told:
    return Told(
        code=error.code,
        headline=(error.zh, error.en),
        detail=error.done[1],
        detail_zh=error.done[0],
        next_step=(f"接着办：{error.command}", f"to go on: {error.command}"),
        exit_code=error.exit_code,
        more={"continue": error.command},
    )


def _of_the_machine(error: BaseException) -> CodedError | None:
    from issuer.home import machine  # noqa: PLC0415 - checking loads nothing of the issuer's side

    return machine.known(error)


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


def _unforeseen(error: BaseException) -> Told:
    """Where there is no home to keep a log in. The text of a foreign error is not shown: it may quote anything."""
    return Told(
        code="unexpected",
        headline=hints.headline("unexpected", CodedError),
        detail=type(error).__name__,
        detail_zh=type(error).__name__,
        next_step=hints.next_step("unexpected"),
        exit_code=exits.FAILED,
    )


def debugging() -> bool:
    """Whether tracebacks are wanted."""
    return bool(os.environ.get("TITLECERT_DEBUG"))


def noted(reason: str) -> tuple[str, str]:
    """Return what a worker noted, ``code: sentence``, in Chinese and English."""
    code, _, sentence = reason.partition(": ")
    if not sentence or code not in hints.entries():
        return "遇到了没有写明种类的问题", reason
    return hints.headline(code, CodedError)[0], sentence


def reported(code: str, fields: Mapping[str, object], message: str) -> tuple[str, str]:
    """Return a report that carries a code, its values and an English sentence as a line in Chinese and in English."""
    headline = hints.report(code)
    zh = "：".join(filter(None, (headline[0], hints.explanation(code, fields, "zh"))))
    return zh, f"{headline[1]}: {message}"
