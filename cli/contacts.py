"""How an authority is reached, as options: what a command that takes them adds to its own, worded once.

@command(app, "contact")
@contact_options
def contact(run: Run, reached: TypedContacts, authority_id: Id) -> None:
    made = reached.over(NO_CONTACTS)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Annotated, Any, Concatenate, Final, ParamSpec

import typer

from cli.framing import Run
from credential.contacts import Contacts

P = ParamSpec("P")
_ENTRIES: Final = {
    "address": ("联系地址", "Its address", None),
    "hours": ("办公时间", "Its hours", None),
    "telephone": ("联系电话", "Its telephone", None),
    "web": ("网址", "Its address in the web", "URL"),
}
"""By entry of a ``Contact``: its words in both languages, and what stands for its value in the help."""
_LANGUAGES: Final = (("", "中文", "Chinese"), ("_en", "英文", "English"))
"""Of each language of ``Contacts``: how its options end, and its name in both."""


@dataclass(frozen=True, slots=True)
class TypedContacts:
    """What was typed of a contact in each language; an entry that was not typed is not there."""

    zh: Mapping[str, str]
    en: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def over(self, before: Contacts) -> Contacts:
        """The contacts with what was typed in its place. An empty text takes its entry away."""
        return Contacts(zh=replace(before.zh, **self.zh), en=replace(before.en, **self.en))


def contact_options(body: Callable[Concatenate[Run, TypedContacts, P], None]) -> Callable[Concatenate[Run, P], None]:
    """Give a command the options of a contact, behind its own; its function takes them as one value."""

    @wraps(body)
    def taking(run: Run, /, *own: P.args, **given: P.kwargs) -> None:
        body(run, _typed(given), *own, **given)

    run, _, *own = inspect.signature(body, eval_str=True).parameters.values()
    taking.__signature__ = inspect.Signature([run, *own, *_options()])  # type: ignore[attr-defined]
    return taking


def _typed(given: dict[str, Any]) -> TypedContacts:
    """What was typed, taken out of what was given."""
    everything = [{entry: given.pop(f"{entry}{end}") for entry in _ENTRIES} for end, *_ in _LANGUAGES]
    zh, en = ({entry: text for entry, text in each.items() if text is not None} for each in everything)
    return TypedContacts(zh=zh, en=en)


def _options() -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            f"{entry}{end}",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None, typer.Option(metavar=metavar, help=f"{zh}（{chinese}）。{en}, in {english}.")
            ],
        )
        for end, chinese, english in _LANGUAGES
        for entry, (zh, en, metavar) in _ENTRIES.items()
    ]
