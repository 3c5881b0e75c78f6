"""The migrations, forwards and back, on both databases: what pytest-alembic asks, and what a way back must not lose."""

from __future__ import annotations

import pytest
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from sqlalchemy import Engine, text

from issuer.db.engine import for_writing
from issuer.db.migrate import check_current, downgrade, upgrade, versions
from issuer.errors import ConflictError, IssuerError, NotFoundError
from tests.migrations.conftest import FIRST_WITH_A_WAY_BACK
from tests.migrations.old import columns, digests, fill, migrate

__all__ = [
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

OLD = "0016_confirmed"
NEW_ROWS = {
    "0025_chain": (
        "INSERT INTO claim_codes (id, holder, certificate, digest, made, made_by, expires) SELECT c.id, c.holder, c.id,"
        " c.credential_digest, c.issued_at, 'clerk1', c.issued_at FROM certificates AS c LIMIT 1",
        "claim_codes",
    ),
    "0023_refusals": ("UPDATE batches SET paused_at = created", "batches"),
    "0021_no_stage_index": ("INSERT INTO photos (award, picture) SELECT id, payload FROM awards", "photos"),
    "0019_contacts": ("UPDATE batches SET findings = file_digest", "batches"),
    "0018_published_files": ("UPDATE holders SET contact = personal", "holders"),
    "0017_audit": (
        "INSERT INTO published_files (path, content, digest, stored_at) "
        "SELECT 'trust/list/1', file_name, file_digest, created FROM batches LIMIT 1",
        "published_files",
    ),
}
"""By the version that is gone back to: what the newer one keeps that the older has no place for, and in which table."""


@pytest.mark.parametrize(
    "certificates", [pytest.param(300, id="300"), pytest.param(100_000, id="100000", marks=pytest.mark.soak)]
)
def test_a_register_of_an_older_program_keeps_everything_forwards_back_and_forwards(
    engine: Engine, certificates: int
) -> None:
    migrate(engine, OLD)
    fill(engine, certificates=certificates)
    old = columns(engine)
    before = digests(engine, old)
    assert before["certificates"][0] == certificates
    upgrade(engine)
    check_current(engine)
    new = columns(engine)
    kept = {name: [each for each in names if each in new[name]] for name, names in old.items()}
    after = digests(engine, new)
    moved = {"audit"}  # its entries and their chain may stand in other tables since
    whole = {name: names for name, names in old.items() if kept[name] == names and name not in moved}
    assert digests(engine, whole) == {name: before[name] for name in whole}
    assert set(old) - set(whole) <= moved
    downgrade(engine, OLD)
    assert columns(engine) == old
    assert digests(engine, old) == before
    upgrade(engine)
    check_current(engine)
    assert columns(engine) == new
    assert digests(engine, new) == after


@pytest.mark.parametrize("to", NEW_ROWS)
def test_a_way_back_that_would_lose_something_is_refused_and_changes_nothing(engine: Engine, to: str) -> None:
    statement, table = NEW_ROWS[to]
    migrate(engine, OLD)
    fill(engine, certificates=10)
    upgrade(engine)
    with for_writing(engine).begin() as connection:
        connection.execute(text(statement))
    before = digests(engine, columns(engine))
    with pytest.raises(ConflictError) as caught:
        downgrade(engine, to)
    error = caught.value
    assert (error.code, error.fields["table"]) == ("no_way_back", table)
    assert error.fields["rows"] >= 1
    assert error.fields["revision"] > to
    assert digests(engine, columns(engine)) == before
    check_current(engine)


def test_there_is_no_way_back_before_roots(engine: Engine) -> None:
    upgrade(engine)
    downgrade(engine, FIRST_WITH_A_WAY_BACK)
    assert versions(engine).register == FIRST_WITH_A_WAY_BACK
    with pytest.raises(ConflictError) as caught:
        downgrade(engine, "0011_replaced")
    assert (caught.value.code, caught.value.fields["revision"]) == ("no_way_back", FIRST_WITH_A_WAY_BACK)
    assert versions(engine).register == FIRST_WITH_A_WAY_BACK
    upgrade(engine)
    check_current(engine)


@pytest.mark.parametrize("to", ["0099_none", "head", "", "0024_paced; DROP TABLE audit"])
def test_a_version_that_is_none_is_refused(engine: Engine, to: str) -> None:
    upgrade(engine)
    with pytest.raises(NotFoundError) as caught:
        downgrade(engine, to)
    assert caught.value.code == "no_version"
    check_current(engine)


def test_the_present_version_is_no_older_one(engine: Engine) -> None:
    upgrade(engine)
    with pytest.raises(IssuerError) as caught:
        downgrade(engine, versions(engine).program)
    assert caught.value.code == "no_version"
