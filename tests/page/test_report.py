"""docs/PAGE.md and its Chinese form say what the tests' own data and the page's pictures say now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.page.conftest import Stand
from tests.page.gallery import FOLDER, MOST_BYTES, SCENES, names
from tests.page.report import (
    DOCUMENTS,
    MEASURED,
    TEXTS,
    accessibility,
    changed_links,
    odd_hosts,
    pictures_read,
    report,
    requests,
    rewritten_hosts,
)
from tests.page.test_accessible import STATES
from tests.page.test_built import REQUESTS


@pytest.mark.parametrize("language", DOCUMENTS)
def test_the_document_is_as_it_is_made(language: str) -> None:
    assert DOCUMENTS[language].read_text("utf-8") == report(language), "run python -m tests.page.report --documents"


def test_both_languages_have_the_same_texts() -> None:
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    assert all(text for texts in TEXTS.values() for text in texts.values())


def test_every_scene_has_its_pictures_and_they_are_small() -> None:
    kept = sorted(FOLDER.glob("*.png"))
    assert [path.name for path in kept] == sorted(names())
    assert sum(path.stat().st_size for path in kept) <= MOST_BYTES
    assert all(scene.kinds for scene in SCENES.values())


def test_links_and_hosts_are_as_many_as_they_were() -> None:
    assert len(changed_links()) >= 22
    assert len(odd_hosts()) >= 12
    assert len(rewritten_hosts()) >= 2


@pytest.mark.browser
@pytest.mark.slow
def test_a_check_fetches_what_the_log_says(stand: Stand, tmp_path: Path) -> None:
    measured = json.loads(MEASURED.read_text("utf-8"))["requests"]
    seen = requests(stand, tmp_path)
    assert len(seen) <= REQUESTS
    assert [[path, coding, kept] for path, _, coding, kept in seen] == [[p, c, k] for p, _, c, k in measured]
    assert all(abs(now[1] - then[1]) <= then[1] // 20 + 100 for now, then in zip(seen, measured, strict=True))


@pytest.mark.browser
@pytest.mark.soak
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_what_the_document_says(stand: Stand, state: str) -> None:
    measured = json.loads(MEASURED.read_text("utf-8"))["axe"]
    assert measured.keys() == STATES.keys()
    assert accessibility(stand, state)[0] == measured[state][0] == 0


@pytest.mark.soak
def test_the_photographs_are_read_as_the_document_says(tmp_path: Path) -> None:
    assert pictures_read(tmp_path) == json.loads(MEASURED.read_text("utf-8"))["photographs"]
