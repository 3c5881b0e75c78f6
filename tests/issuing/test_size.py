"""A row that passes the check has room in a credential, and one that has none is told before anything is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from credential.claims import CTI_BYTES, StatusReference, prepare
from credential.errors import MalformedError
from credential.signing import KEY_ID_BYTES
from issuer.intake.model import AwardDraft
from issuer.issuing.numbers import NumberFacts, NumberTemplate
from issuer.issuing.reserve import to_claims
from issuer.issuing.size import Room
from tests.intake.support import GOOD, changed, check_rows

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
ROOM = Room(
    authority="sf-hrss",
    region="990000",
    template=NumberTemplate.parse("{region}{year}{level}{serial:06}"),
    status_uri="https://titles.example/status/15.cwt",
    now=NOW,
)
(DRAFT,) = check_rows(GOOD).good


def _issued(draft: AwardDraft, serial: int, index: int) -> bool:
    """Whether a credential of the award is one that readers take."""
    facts = NumberFacts(region=ROOM.region, year=2026, level=draft.level, series=draft.series, way=draft.way)
    claims = to_claims(
        draft,
        ROOM.authority,
        number=ROOM.template.format(facts, serial=serial),
        cti=bytes(CTI_BYTES),
        status=StatusReference(index=index, uri=ROOM.status_uri),
        issued_at=NOW,
    )
    try:
        prepare(claims, bytes(KEY_ID_BYTES)).assemble(b"\x01" * 64)
    except MalformedError as error:
        if error.code == "too_large":
            return False
        raise
    return True


def test_what_fits_here_fits_at_issue_and_what_does_not_is_refused_there() -> None:
    lengths = range(2, 101)
    told = [ROOM.excess(replace(DRAFT, name="名" * length)) for length in lengths]
    largest = [_issued(replace(DRAFT, name="名" * length), 999_999, (1 << 20) - 1) for length in lengths]
    assert [not excess for excess in told] == largest
    assert 0 < sum(largest) < len(largest)
    assert all(_issued(replace(DRAFT, name="名" * n), 1, 0) for n, fits in zip(lengths, largest, strict=True) if fits)


def test_a_row_without_room_is_an_error_at_its_longest_field() -> None:
    batch = check_rows(
        changed(姓名="买" * 90), changed(序号=2, 身份证号="139901198002021032", 性别="男"), excess=ROOM.excess
    )
    assert [(f.code, f.field, f.sheet_row) for f in batch.findings] == [("credential_too_large", "name", 2)]
    assert (len(batch.good), len(batch.rejected)) == (1, 1)
    assert "买买" not in batch.findings[0].message_zh


def test_rows_of_one_shape_have_one_size_and_others_their_own() -> None:
    """The room that has seen other rows says what one says that has seen none."""
    asked = replace(ROOM)
    for name, specialty, document in (
        ("名" * 60, "建筑施工", "示评备〔2025〕012号"),
        ("字" * 60, "机械设计", "示评备〔2024〕107号"),
        ("a" * 60, "建筑施工", "示评备〔2025〕012号"),
        ("a" * 100, "大数据", "示评备〔2025〕012号"),
        ("名" * 100, "大数据", "示职改办字〔2026〕31号" * 4),
    ):
        row = replace(DRAFT, name=name, specialty=specialty, basis_reference=document)
        assert asked.excess(row) == replace(ROOM).excess(row)
    told = [asked.excess(replace(DRAFT, name="名" * 100, basis_reference="号" * length)) for length in range(20, 30)]
    assert told == list(range(told[0], told[0] + 30, 3))
