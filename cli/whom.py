"""The options that say whom an act of status reaches, once for all its commands, and how the answer is told.

Rules: a command takes ``Chosen`` behind its ``Run``; ``reaching`` puts the options into its help.
Numbers that are typed are an order as it always was: one that is not possible stops it. A list and a description are
sorted out: each row has an answer, in a file too (``--results``), and the possible ones are done with
``--take-good-rows``.

    @command(app, "suspend", passphrases=(OPERATOR, SERVICE))
    @reaching
    def suspend(run: Run, chosen: Chosen, basis: Basis, ...) -> None: ...
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Concatenate, Final, ParamSpec

import typer

from cli import output, sortings, values
from cli.errors import UsageError
from cli.framing import Run
from cli.output import out_option
from credential.days import SHANGHAI
from issuer.services import status as statuses
from issuer.services.status import Reach, Whom

P = ParamSpec("P")
STDIN: Final = "-"
_KEY_ID: Final = re.compile("[0-9a-f]{16}", re.ASCII)

Numbers = Annotated[list[str] | None, typer.Argument(metavar="NUMBER", help="证书编号，可以多个。One or more numbers.")]
ListFile = Annotated[
    Path | None,
    typer.Option(
        "--list",
        metavar="FILE",
        help="名单：有“证书编号”一列的表格，或每行一个编号；- 为标准输入。A list: a table with a column of numbers, "
        "or one a line; - is standard input.",
    ),
]
Batch = Annotated[str | None, typer.Option("--batch", metavar="BATCH", help="该批次发出的。Issued from this batch.")]
FilingOption = Annotated[
    str | None,
    typer.Option("--filing", metavar="NUMBER", help="凭该核准备案号取得的。Awarded under this filing."),
]
Session = Annotated[
    str | None,
    typer.Option(
        "--session", metavar="DATE", help="与 --filing 同用：该次评审（取得时间）。With --filing: of this award date."
    ),
]
Key = Annotated[str | None, typer.Option("--key", metavar="KID", help="由该密钥签发的。Signed by this key, in hex.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        help="与 --key 同用：该时刻起签发的，如 2026-11-20T08:00（北京时间）。With --key: issued then or later.",
    ),
]
IssuedBy = Annotated[
    str | None, typer.Option("--issued-by", metavar="ID", help="该机关签发的。Issued by this authority.")
]
TakeGoodRows = Annotated[
    bool,
    typer.Option(
        "--take-good-rows",
        help="有办不了的行时，只办能办的。Do what is possible where some rows are not.",
    ),
]
Results = Annotated[
    Path | None,
    out_option("--results", "", "逐行结果写到新文件（.csv 或 .xlsx）。Each row's result, a new .csv or .xlsx."),
]
_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "list_file": (ListFile, None),
    "batch": (Batch, None),
    "filing": (FilingOption, None),
    "session": (Session, None),
    "key": (Key, None),
    "since": (Since, None),
    "issued_by": (IssuedBy, None),
    "take_good_rows": (TakeGoodRows, False),
    "results": (Results, None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was typed of whom an act is to reach."""

    numbers: list[str] | None
    list_file: Path | None
    batch: str | None
    filing: str | None
    session: str | None
    key: str | None
    since: str | None
    issued_by: str | None
    take_good_rows: bool
    results: Path | None

    @property
    def is_typed(self) -> bool:
        """Whether only numbers were typed: then the order is one that is possible whole, or not at all."""
        described = (self.batch, self.filing, self.session, self.key, self.since, self.issued_by, self.list_file)
        return bool(self.numbers) and described == (None,) * len(described) and self.results is None

    def whom(self) -> Whom:
        """Return whom it is; a list is read now.

        Raises:
            UsageError: ``whom_one``, ``bad_key_id``, ``bad_time``, ``bad_date``, ``output_is_input``, ``results_kind``.
            InputError: as ``issuer.services.status.read_list``.
            OSError: the list cannot be read.
        """
        self.check_results()
        if self.list_file is not None:
            if self.numbers:
                raise UsageError(
                    "whom_one", "编号和 --list 只能写一种", "numbers and --list are two ways; take one of them"
                )
            return Whom(listed=statuses.read_list(_bytes(self.list_file)), reach=self._reach())
        if self.numbers:
            typed = Whom.of_numbers(self.numbers)
            return Whom(listed=typed.listed, reach=self._reach())
        return Whom(reach=self._reach())

    def check_results(self) -> None:
        """Refuse a place for the results that cannot take them, before any work is done."""
        if self.results is None:
            return
        inputs = [self.list_file] if self.list_file is not None and str(self.list_file) != STDIN else []
        output.check(self.results, option="--results", inputs=inputs)
        sortings.check_kind(self.results, "--results")

    def _reach(self) -> Reach:
        return Reach(
            batch=self.batch,
            filing=self.filing,
            session=values.optional_day(self.session, "--session"),
            key=None if self.key is None else _kid(self.key),
            since=None if self.since is None else _instant(self.since),
            issued_by=self.issued_by,
        )

    def source(self) -> str:
        """Return what stands for the list in messages; empty without one."""
        if self.list_file is None:
            return ""
        return "stdin" if str(self.list_file) == STDIN else self.list_file.name


def reaching(body: Callable[Concatenate[Run, Chosen, P], None]) -> Callable[..., None]:
    """Give a command the options of ``Chosen``: numbers first, the others behind its own."""

    def taking(run: Run, **given: Any) -> None:
        chosen = Chosen(numbers=given.pop("numbers"), **{name: given.pop(name) for name in _OPTIONS})
        body(run, chosen, **given)  # type: ignore[call-arg]

    run, _, *own = inspect.signature(body, eval_str=True).parameters.values()
    keyword = inspect.Parameter.KEYWORD_ONLY
    numbers = inspect.Parameter("numbers", keyword, default=None, annotation=Numbers)
    more = [
        inspect.Parameter(name, keyword, default=default, annotation=kind) for name, (kind, default) in _OPTIONS.items()
    ]
    named = [each.replace(kind=keyword) for each in own]
    taking.__signature__ = inspect.Signature([run, numbers, *named, *more])  # type: ignore[attr-defined]
    taking.__doc__ = body.__doc__
    return taking


def _bytes(path: Path) -> bytes:
    return sys.stdin.buffer.read() if str(path) == STDIN else path.expanduser().read_bytes()


def _kid(text: str) -> bytes:
    if not _KEY_ID.fullmatch(text):
        raise UsageError(
            "bad_key_id",
            f"--key：{text!r} 不是密钥编号，titlecert keys list 列出的是 16 位十六进制数",
            f"--key: {text!r} is no key id; `titlecert keys list` shows them, 16 hexadecimal digits each",
        )
    return bytes.fromhex(text)


def _instant(text: str) -> datetime:
    """Return an instant; a time without an offset is Beijing's, a day begins at its midnight."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "bad_time",
            f"--since：{text!r} 不是时间，请写成 2026-11-20T08:00",
            f"--since: {text!r} is no time; write it like 2026-11-20T08:00",
        ) from error
    return (found if found.tzinfo is not None else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)
