"""Pages: a template, the words of the visitor's language, and an answer.

Rules: everything that is put into a page is escaped; a name that a template uses and nobody gave is a fault. Pages need
no script. ``link`` goes to pages of this desk only.

    pages.answer(visit, "certificates.html", current="certificates", certificates=visit.certificates)
"""

from __future__ import annotations

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from issuer.desk.settings import DeskSettings
from issuer.desk.visit import Visit

MENU: Final = (
    ("certificates", "/certificates"),
    ("notices", "/notices"),
    ("requests", "/requests"),
    ("held", "/held"),
    ("sign_ins", "/sign-ins"),
)
"""What the menu of a person who is signed in has, by key of its words; shares get their place behind certificates."""


class Pages:
    """Makes answers of templates."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._templates = Environment(
            loader=PackageLoader("issuer.desk", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def answer(
        self, visit: Visit, name: str, /, *, status: int = 200, current: str = "", **values: Any
    ) -> HTMLResponse:
        """Return a page.

        Args:
            visit: who asks, in which language.
            name: of the template.
            status: of the answer.
            current: the entry of the menu that it belongs to.
            values: what the template uses.
        """
        text = self._templates.get_template(name).render(
            say=visit.say,
            visit=visit,
            settings=self._settings,
            is_large=visit.asking.is_large,
            menu=MENU if visit.live is not None else (),
            current=current,
            **values,
        )
        return HTMLResponse(text, status_code=status)
