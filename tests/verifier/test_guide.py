"""The help page with the imprint, and the page of a wrong path."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.web import Client
from tests.support.world import NOW, ORIGIN, World
from tests.verifier.test_plain import Shape
from verifier.app import create_app
from verifier.errors import UsageError
from verifier.imprint import Imprint, read_imprint
from verifier.settings import Settings

WORLD = World()
WORLD.publish()
IMPRINT = Imprint(
    operator="示范省人力资源和社会保障厅",
    operator_en="Department <of> Shifan",
    telephone="0000-12345678",
    report="https://shifan-sample.cn/jubao?a=1&b=2",
    web="javascript:alert(1)",
)
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def client(folder: Path, imprint: Imprint | None = None) -> Client:
    WORLD.write(folder)
    settings = Settings(
        publication=str(folder), trust_root=WORLD.pinned_root, origin=ORIGIN, serve_publication=True, imprint=imprint
    )
    return Client(create_app(settings, clock=lambda: NOW))


def test_the_help_page_says_how_to_check_and_who_runs_the_site(tmp_path: Path) -> None:
    answer = client(tmp_path, IMPRINT).get("/v/help")
    text = answer.text
    assert Shape(text).open == []
    for anchor in ("check", "questions", "privacy", "accessibility", "imprint"):
        assert f'id="{anchor}"' in text
        assert f'href="#{anchor}"' in text
    assert "示范省人力资源和社会保障厅" in text
    assert "Department &lt;of&gt; Shifan" in text
    assert '<a href="https://shifan-sample.cn/jubao?a=1&amp;b=2"' in text
    assert 'href="javascript' not in text
    assert "<script" not in text
    assert text.count('lang="en"') > 20
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_site_that_names_nobody_says_so(tmp_path: Path) -> None:
    assert "没有写明主办单位" in client(tmp_path).get("/v/help").text


@pytest.mark.parametrize("path", ["/v/nothing", "/nothing", "/v/hilfe/"])
def test_a_person_on_a_wrong_path_is_led_to_the_check(tmp_path: Path, path: str) -> None:
    here = client(tmp_path)
    answer = here.get(path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert Shape(answer.text).open == []
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert 'href="/v/"' in answer.text
    style = answer.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert here.get(style).status_code == 200
    assert here.get(path).headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/nothing", "/p/nothing"])
def test_a_program_on_a_wrong_path_gets_the_problem_whatever_it_accepts(tmp_path: Path, path: str) -> None:
    assert client(tmp_path).get(path, headers=BROWSER).headers["content-type"] == "application/problem+json"


def test_an_imprint_is_read(tmp_path: Path) -> None:
    path = tmp_path / "imprint.toml"
    path.write_text('operator = "示范省"\nlicence = "示ICP备00000000号"\n', "utf-8")
    assert read_imprint(path) == Imprint(operator="示范省", licence="示ICP备00000000号")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("operator", "Expected '='"),
        ('licence = "x"', "operator is missing"),
        ('operator = "x"\nfax = "1"', "fax is unknown"),
        ("operator = 1", "no text of one line"),
        ('operator = "a\\nb"', "no text of one line"),
        ('operator = "' + "x" * 301 + '"', "at most 300"),
        ("# " + "x" * (17 << 10), "larger than"),
    ],
)
def test_an_imprint_that_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "imprint.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as refusal:
        read_imprint(path)
    assert refusal.value.code == "imprint"
    assert why in str(refusal.value)


def test_an_imprint_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_imprint(tmp_path / "imprint.toml")
