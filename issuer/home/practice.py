"""``practice.toml``: the terms that a jurisdiction's law gives to what follows an act, each with its citation.

Rules: the file may be missing, and every part of it: then the national terms hold. What the file says wrong is told
with its place in the file. A term that was used is stored with what it was used for: a later change of the file
changes nothing that is on record.

    # practice.toml
    [integrity]
    years = 3
    basis = "职称评审管理暂行规定（人力资源社会保障部令第40号）"

    [notices]
    review_days = 60
    review_basis = "行政复议法第二十条"
    review_body = "示范省人民政府"
    action_months = 6
    action_basis = "行政诉讼法第四十六条"
    court = "示范市中级人民法院"

    [cases]
    link_days = 15
    decide_days = 60
    appeal_days = 60
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from issuer.errors import InputError
from issuer.home.paths import MAX_FILE, Home
from issuer.integrity.terms import NATIONAL_TERM

_MODEL: Final = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Optional = Annotated[str, StringConstraints(max_length=200)]
_Days = Annotated[int, Field(ge=1, le=3650)]


class IntegritySection(BaseModel):
    """How long somebody who is added to the integrity record is barred, where nothing else is said."""

    model_config = _MODEL

    years: Annotated[int, Field(ge=1, le=30)] = NATIONAL_TERM.years
    basis: _Text = NATIONAL_TERM.basis


class NoticesSection(BaseModel):
    """What a notice says of remedies."""

    model_config = _MODEL

    review_days: _Days = 60
    """To ask for administrative review (行政复议), from the day on which the notice came."""
    review_basis: _Text = "《中华人民共和国行政复议法》第二十条"
    review_body: _Optional = ""
    """Who takes it; empty: the body that the law names."""
    action_months: Annotated[int, Field(ge=1, le=60)] = 6
    """To bring an administrative action (行政诉讼)."""
    action_basis: _Text = "《中华人民共和国行政诉讼法》第四十六条"
    court: _Optional = ""


class CasesSection(BaseModel):
    """By when something is done about a case, in days."""

    model_config = _MODEL

    link_days: _Days = 15
    """To find out which certificates it is about."""
    decide_days: _Days = 60
    appeal_days: _Days = 60
    """To decide anew after an appeal."""


class Practice(BaseModel):
    """The whole file."""

    model_config = _MODEL

    integrity: IntegritySection = IntegritySection()
    notices: NoticesSection = NoticesSection()
    cases: CasesSection = CasesSection()


def read_practice(home: Home) -> Practice:
    """Return the terms of a home.

    Raises:
        InputError: ``practice_file``: it does not hold; the fields ``path`` and ``at`` say where.
    """
    path = home.practice
    try:
        text = path.read_bytes()[:MAX_FILE].decode()
    except FileNotFoundError:
        return Practice()
    except UnicodeDecodeError as error:
        raise _wrong(path, "1", "it is no UTF-8") from error
    try:
        return Practice.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(path, ".".join(map(str, first["loc"])), first["msg"]) from error
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, "TOML", str(error)) from error


def _wrong(path: Path, at: str, why: str) -> InputError:
    message = f"{path} does not hold at {at}: {why}; correct it"
    return InputError("practice_file", message, path=str(path), at=at, why=why)
