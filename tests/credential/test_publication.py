"""Where the files of a publication lie, and which of them never change (FORMAT 5 to 10)."""

from __future__ import annotations

import pytest

from credential import publication

DIGEST = "ab" * 32
IMMUTABLE = [
    publication.root(1),
    publication.root(999_999_999),
    publication.trust_list(12),
    publication.filings(DIGEST),
    publication.status_at(DIGEST),
    publication.shard(DIGEST),
    publication.catalogue(3),
]
MOVING = [publication.SNAPSHOT, publication.status_cwt("0"), publication.status_jwt("1023")]


def test_the_paths_are_those_of_the_document() -> None:
    assert IMMUTABLE == [  # noqa: SIM300
        "trust/roots/1",
        "trust/roots/999999999",
        "trust/list/12",
        f"trust/filings/{DIGEST}",
        f"status/at/{DIGEST}",
        f"shards/{DIGEST}",
        "catalogue/3",
    ]
    assert MOVING == ["snapshot.jwt", "status/0.cwt", "status/1023.jwt"]


@pytest.mark.parametrize("path", IMMUTABLE)
def test_what_never_changes(path: str) -> None:
    assert publication.is_known(path)
    assert publication.is_immutable(path)


@pytest.mark.parametrize("path", MOVING)
def test_what_is_replaced_in_place(path: str) -> None:
    assert publication.is_known(path)
    assert not publication.is_immutable(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "snapshot",
        "/snapshot.jwt",
        "snapshot.jwt\n",
        "snapshot.jwt/..",
        "../snapshot.jwt",
        "shards/../snapshot.jwt",
        "trust/roots/0",
        "trust/roots/01",
        "trust/roots/1000000000",
        "trust/roots/-1",
        "trust/roots/\u0661",
        "trust/list/",
        "trust/list/1.jwt",
        "catalogue/0",
        "status/00.cwt",
        "status/10000.cwt",
        "status/0.txt",
        "status/0",
        "status/at/0",
        f"shards/{DIGEST.upper()}",
        f"shards/{DIGEST[:-1]}",
        f"shards/{DIGEST}0",
        f"shards/{DIGEST}/x",
        f"SHARDS/{DIGEST}",
        f"trust/filings/{DIGEST[:-1]}g",
        f"shards/%61{DIGEST[1:]}",
    ],
)
def test_no_other_path_is_known(path: str) -> None:
    assert not publication.is_known(path)
    assert not publication.is_immutable(path)
