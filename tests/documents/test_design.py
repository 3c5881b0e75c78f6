"""Designs are found as package data, and the committed ornaments are what the generator draws."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from templates import ornaments
from templates.loader import UnknownDesignError, installed_designs, load_design


def test_the_standard_design_is_installed() -> None:
    assert "standard/v1" in installed_designs()
    assert load_design().entry.is_file()


@pytest.mark.parametrize(
    ("name", "version"), [("none", "v1"), ("standard", "v99"), ("..", ".."), ("standard", "../v1"), ("", "")]
)
def test_an_unknown_design_is_refused(name: str, version: str) -> None:
    with pytest.raises(UnknownDesignError) as caught:
        load_design(name, version)
    assert caught.value.code == "unknown_design"
    assert "standard/v1" in str(caught.value)


@pytest.mark.parametrize("name", sorted(ornaments.PICTURES))
def test_the_committed_ornament_is_the_computed_one(name: str) -> None:
    committed = (load_design().root / name).read_text(encoding="utf-8")
    assert committed == ornaments.PICTURES[name]()
    ET.fromstring(committed)  # noqa: S314 - our own file


def test_the_frame_stays_on_the_page() -> None:
    inset = ornaments.FRAME_INSET
    for length, place in ornaments._sides():
        for at in (0.0, length):
            for across in (-4.6, 4.6):
                x, y = place.at(at, across)
                assert inset - 0.2 <= x <= ornaments.PAGE_WIDTH - inset + 0.2
                assert inset - 0.2 <= y <= ornaments.PAGE_HEIGHT - inset + 0.2
