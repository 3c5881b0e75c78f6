"""The errors of this package: one root, leaves by whose fault it is.

Rules: every sentence says what and where, and names no command; none holds a passphrase, a secret or a private key, and
none is raised ``from`` an error that does. ``code`` is what programs and tests match on.

    >>> raise KeyNotFoundError("no_key", "there is no key 0011223344556677 in keys/")
    Traceback (most recent call last):
    ...
    keys.errors.KeyNotFoundError: there is no key 0011223344556677 in keys/
"""

from __future__ import annotations

from credential.errors import CodedError


class KeysError(CodedError):
    """The root: catch this to catch everything that this package raises on purpose."""


class KeyFileError(KeysError):
    """A file is not what it should be.

    Codes: ``form``, ``mode``, ``owner``, ``kind``, ``exists``, ``missing``, ``label``, ``no_key_file``,
    ``same_second``.
    """


class KeyUriError(KeysError):
    """The URI of a key does not name one. Codes: ``uri_form``, ``uri_scheme``, ``uri_attribute``, ``uri_pin``,
    ``uri_token``."""


class TokenError(KeysError):
    """A token did not do what a signer must.

    Codes: ``token_module``, ``no_token``, ``several_tokens``, ``token_pin``, ``no_token_key``, ``several_token_keys``,
    ``token_key_kind``, ``token_key_differs``, ``token_failed``.
    """


class ContainerError(KeysError):
    """A PKCS #12 file is not what was expected. Codes: ``pkcs12_form``, ``pkcs12_password``, ``pkcs12_key``."""


class PassphraseError(KeysError):
    """The passphrase does not open the file, or is none. Codes: ``wrong_passphrase``, ``empty``, ``too_short``,
    ``too_long``, ``several_lines``, ``not_text``, ``not_repeated``."""


class KeyUseError(KeysError):
    """A key was asked to serve another use than its own. Codes: ``wrong_use``, ``root_apart``."""


class KeyNotFoundError(KeysError):
    """No such key here. Codes: ``no_key``, ``no_root``, ``no_secret``, ``several_secrets``."""
