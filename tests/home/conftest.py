"""The demonstration's office, shared by the folders that test the issuer."""

from __future__ import annotations

from tests.support.founding import founded, founded_home, issued, issued_home, no_documents

__all__ = ["founded", "founded_home", "issued", "issued_home", "no_documents"]
