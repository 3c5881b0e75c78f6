"""Tokens for the tests of keys."""

from tests.support.tokens import softhsm, token_store, tokens

__all__ = ["softhsm", "token_store", "tokens"]
