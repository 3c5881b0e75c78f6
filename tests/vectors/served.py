"""Publications that no honest publisher serves: files taken away, changed, or signed anew over other content.

ask(book, "no_shards_fail", UNREACHABLE, "Nothing is known.", "10", tamper=without("shards/"))
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from credential import jose, jsonform, publication
from credential.snapshot import TYP as SNAPSHOT_TYP
from credential.text import from_base64url, to_base64url
from credential.trustlist import TYP as TRUST_TYP
from tests.support.keys import Key
from tests.support.world import World
from tests.support.worldparts import CATALOGUE_TYP
from tests.vectors.model import Book, Scene

VALID: Final = "valid/in_force"
UNTRUSTED: Final = "indeterminate/publication_untrusted"
UNREACHABLE: Final = "indeterminate/publication_unreachable"
Change = Callable[[dict[str, bytes]], None]
Rewrite = Callable[[dict[str, Any]], dict[str, Any]]


def ask(book: Book, name: str, expect: str, why: str, section: str, world: World | None = None, **scene: Any) -> Scene:
    """One good certificate asked about in a scene of its own; question and scene share the keyword arguments."""
    question = {key: scene.pop(key) for key in ("now", "at", "seen", "root", "step") if key in scene}
    made = book.scene(world, **scene)
    certificate = made.world.certificates[0] if made.world.certificates else made.world.issue()
    made.case(name, expect, why, section, certificate, **question)
    return made


def without(*beginnings: str) -> Change:
    """Take away every file whose path begins so."""

    def change(files: dict[str, bytes]) -> None:
        for path in [path for path in files if path.startswith(beginnings)]:
            del files[path]

    return change


def longer(beginning: str) -> Change:
    """Put a byte behind every file whose path begins so."""

    def change(files: dict[str, bytes]) -> None:
        for path in [path for path in files if path.startswith(beginning)]:
            files[path] += b"\n"

    return change


def payload_of(files: dict[str, bytes], path: str) -> Any:
    return json.loads(from_base64url(files[path].decode().split(".")[1]))


def token(payload: bytes, key: Key, *, header: bytes | None = None) -> bytes:
    """A compact JWS with any header over any payload."""
    usual = jsonform.encode({"alg": "ES256", "kid": to_base64url(key.key_id), "typ": SNAPSHOT_TYP})
    message = f"{to_base64url(usual if header is None else header)}.{to_base64url(payload)}"
    return f"{message}.{to_base64url(key.sign(message.encode()))}".encode()


def resigned(change: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Change:
    """Sign another payload as snapshot with the right key."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = change(payload_of(files, publication.SNAPSHOT))
        data = payload if isinstance(payload, bytes) else jsonform.encode(payload)
        files[publication.SNAPSHOT] = token(data, Key("publisher"))

    return tamper


def relisted(change: Rewrite) -> Change:
    """Sign another payload as trust list with the right key, and a snapshot that names it."""

    def tamper(files: dict[str, bytes]) -> None:
        put_trust_list(files, change(payload_of(files, publication.trust_list(1))))

    return tamper


def recatalogued(change: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Change:
    """Sign another payload as catalogue, and name it in trust list and snapshot."""

    def tamper(files: dict[str, bytes]) -> None:
        payload = change(payload_of(files, publication.catalogue(1)))
        data = payload if isinstance(payload, bytes) else jsonform.encode(payload)
        container = jose.join([jose.sign(data, Key("root"), typ=CATALOGUE_TYP)])
        files[publication.catalogue(1)] = container
        renamed(files, catalogue={"version": 1, "digest": sha256(container).hexdigest()})

    return tamper


def refiled(change: Callable[[dict[str, Any]], bytes | dict[str, Any]]) -> Change:
    """Put other filings in the place of those that the trust list names, and name them."""

    def tamper(files: dict[str, bytes]) -> None:
        path = publication.filings(payload_of(files, publication.trust_list(1))["filings"]["digest"])
        changed = change(json.loads(files.pop(path)))
        data = changed if isinstance(changed, bytes) else jsonform.encode(changed)
        files[publication.filings(sha256(data).hexdigest())] = data
        renamed(files, filings={"digest": sha256(data).hexdigest()})

    return tamper


def renamed(files: dict[str, bytes], **changes: object) -> None:
    """Sign the trust list anew with members replaced, and the snapshot that names it."""
    put_trust_list(files, {**payload_of(files, publication.trust_list(1)), **changes})


def put_trust_list(files: dict[str, bytes], payload: dict[str, Any]) -> None:
    """Sign this as the trust list, and the snapshot that names it."""
    put_container(files, jose.join([jose.sign(jsonform.encode(payload), Key("root"), typ=TRUST_TYP)]))


def put_container(files: dict[str, bytes], container: bytes) -> None:
    """Store this as the trust list, and sign the snapshot that names it."""
    files[publication.trust_list(1)] = container
    named = {"version": 1, "digest": sha256(container).hexdigest()}
    resigned(lambda snapshot: {**snapshot, "trust": named})(files)
