"""Every vector, asked of the Python verifier through the functions that the API and the command line call."""

from __future__ import annotations

import pytest

from tests.conformance.stored import Vector, vectors
from tests.vectors.ask import verdicts


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector.name)
def test_verdict(vector: Vector) -> None:
    found = [verdict.to_json() for verdict in verdicts(vector.case())]
    assert found == [vector.expected] * vector.inputs
