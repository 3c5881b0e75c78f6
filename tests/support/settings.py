"""The settings of the homes that tests make."""

from __future__ import annotations

from typing import Any, Final

from issuer.home.settings import HomeSettings
from tests.support.clock import NOW

ORIGIN: Final = "http://127.0.0.1:8787"


def demo_settings(**changes: Any) -> HomeSettings:
    """Those of a demonstration on this machine."""
    settings = HomeSettings(
        deployment="shifan-demo",
        origin=ORIGIN,
        publication=f"{ORIGIN}/p/",
        demonstration=True,
        status_lists=1,
        created=NOW,
    )
    return settings.model_copy(update=changes)
