"""Where a signing key is, as a URI: ``file:`` for the encrypted store, ``pkcs11:`` for a token (RFC 7512).

Rules: a URI names a key and never holds a secret. A PIN stands in a private file that ``pin-source`` names, or is asked
for. Attributes come once each; what this program does not use and cannot compare is refused, not skipped.

    parse("file:")                                             # a new key in the store
    parse("file:document-0011223344556677.key.json")           # a key of the store
    parse("pkcs11:token=office;object=document?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/pin")
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from keys.errors import KeyUriError

MAX_KEY: Final = 1024
"""Characters. A label has at most 255 bytes, and there are a few of them."""
STORE: Final = "file:"
"""The URI of a key that is to be made in the store."""
_FILE_NAME: Final = re.compile(r"[a-z]+-[0-9a-f]{16}\.key\.json", re.ASCII)
_TOKEN_NAMES: Final = ("token", "serial", "manufacturer", "model")
"""What says which token it is."""
_OBJECT_NAMES: Final = ("object", "id")
"""What says which key of the token it is."""
_FIXED: Final = MappingProxyType({"type": "private"})
"""What may be said and changes nothing."""
_QUERY_NAMES: Final = ("module-path", "pin-source")
_PLAIN: Final = re.compile(r"(?:[A-Za-z0-9._~\-:\[\]@!$'()*+,=&/?]|%[0-9A-Fa-f]{2})*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUri:
    """A key of the encrypted store; without a name, one that is to be made there."""

    name: str = ""

    def __str__(self) -> str:
        return f"{STORE}{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUri:
    """A key in a token: the attributes that find it, as RFC 7512 names them."""

    token: Mapping[str, str]
    """Attributes of the token; not empty."""
    label: str
    """The ``object``; empty where ``id`` finds the key."""
    id: bytes
    """CKA_ID; empty where the label finds the key."""
    module: str = ""
    """Path of the PKCS#11 module; empty where the settings of the home name it."""
    pin_file: str = ""
    """Path of the file that holds the PIN; empty where it is asked for."""

    def __str__(self) -> str:
        path = [f"{name}={quote(value, safe='')}" for name, value in sorted(self.token.items())]
        path += [f"object={quote(self.label, safe='')}"] if self.label else []
        path += ["id=" + "".join(f"%{each:02X}" for each in self.id)] if self.id else []
        query = [f"module-path={quote(self.module, safe='/')}"] if self.module else []
        query += [f"pin-source=file:{quote(self.pin_file, safe='/')}"] if self.pin_file else []
        return "pkcs11:" + ";".join(path) + ("?" + "&".join(query) if query else "")


def parse(text: str) -> FileUri | TokenUri:
    """Read the URI of a key.

    Raises:
        KeyUriError: ``uri_form``, ``uri_scheme``, ``uri_attribute``, ``uri_pin``, ``uri_token``.
    """
    if len(text) > MAX_KEY or not text.isascii() or not text.isprintable() or " " in text:
        message = f"a key's URI is printable ASCII without blanks, at most {MAX_KEY} characters; encode others as %XX"
        raise KeyUriError("uri_form", message, most=MAX_KEY)
    scheme, colon, rest = text.partition(":")
    if scheme == "file" and colon:
        return _file(rest)
    if scheme == "pkcs11" and colon:
        return _token(rest)
    raise KeyUriError("uri_scheme", "a key's URI begins with file: or pkcs11:")


def _file(name: str) -> FileUri:
    if name and not _FILE_NAME.fullmatch(name):
        message = "file: is followed by nothing, or by the name of a key file of this home"
        raise KeyUriError("uri_form", message, most=MAX_KEY)
    return FileUri(name=name)


def _token(rest: str) -> TokenUri:
    path, _, query = rest.partition("?")
    said = dict(_attributes(path, ";", (*_TOKEN_NAMES, *_OBJECT_NAMES, *_FIXED)))
    asked = dict(_attributes(query, "&", _QUERY_NAMES))
    for name, value in _FIXED.items():
        if said.pop(name, value.encode()) != value.encode():
            raise KeyUriError("uri_attribute", f"{name} is {value} in the URI of a signing key", attribute=name)
    token: dict[str, str] = {name: _text(name, said[name]) for name in _TOKEN_NAMES if name in said}
    label, key_id = _text("object", said.get("object", b"")), said.get("id", b"")
    if not token or not (label or key_id):
        message = "a pkcs11 URI says which token (token=, serial=) and which key (object=, id=)"
        raise KeyUriError("uri_token", message)
    return TokenUri(
        token=MappingProxyType(token),
        label=label,
        id=key_id,
        module=_text("module-path", asked.get("module-path", b"")),
        pin_file=_pin_file(_text("pin-source", asked.get("pin-source", b""))),
    )


def _attributes(text: str, sign: str, known: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    seen: set[str] = set()
    for part in filter(None, text.split(sign)):
        name, equals, value = part.partition("=")
        if name == "pin-value":
            message = "a PIN never stands in a URI; name a private file with pin-source, or leave it out to be asked"
            raise KeyUriError("uri_pin", message)
        if name not in known or name in seen:
            message = f"{name} is not an attribute that finds a key, or stands twice; known are {', '.join(known)}"
            raise KeyUriError("uri_attribute", message, attribute=name)
        if not equals or not value or not _PLAIN.fullmatch(value):
            message = f"{name} has no value, or one that is not percent-encoded"
            raise KeyUriError("uri_attribute", message, attribute=name)
        seen.add(name)
        yield name, unquote_to_bytes(value)


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise KeyUriError("uri_attribute", f"{name} is not UTF-8", attribute=name) from error
    if text and not text.isprintable():
        raise KeyUriError("uri_attribute", f"{name} holds characters that cannot be seen", attribute=name)
    return text


def _pin_file(source: str) -> str:
    """The path behind ``pin-source``: a file, never a command."""
    path = source.removeprefix("file:")
    path = "/" + path.lstrip("/") if path.startswith("//") else path
    if source and not path.startswith("/"):
        raise KeyUriError("uri_pin", "pin-source names a file by its whole path, file:/DIRECTORY/FILE")
    return path
