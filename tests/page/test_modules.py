"""The page's modules in Node: their own tables, Python's cases, and Python's parsers as the yardstick."""

from __future__ import annotations

import json
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from credential import cbor, checkcode, claims, jsonform, qrtext
from credential.errors import CredentialError
from tests.support.cases import write_cases
from tests.support.tools import require_tool
from tests.support.world import World

HERE = Path(__file__).parent


def run_node(*arguments: str, text: str = "") -> str:
    """Run Node on our scripts and return what it prints."""
    done = subprocess.run(
        [require_tool("node"), *arguments], input=text, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_every_rule_of_the_modules_holds() -> None:
    run_node("--test", str(HERE / "modules.test.mjs"))


def test_the_page_gives_the_same_verdict_as_python_for_every_case(tmp_path: Path) -> None:
    write_cases(tmp_path)
    result = json.loads(run_node(str(HERE / "cases.mjs"), str(tmp_path)))
    assert result["different"] == []
    assert result["run"] > 100


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    write_cases(tmp_path)
    listed = json.loads((tmp_path / "cases.json").read_text(encoding="utf-8"))
    listed[0]["expected"]["status"]["reason"] += 1
    (tmp_path / "cases.json").write_text(json.dumps(listed[:1]), encoding="utf-8")
    result = json.loads(run_node(str(HERE / "cases.mjs"), str(tmp_path)))
    assert [each["name"] for each in result["different"]] == [listed[0]["name"]]


def _credential_code(data: bytes) -> str | None:
    claims.decode_claims(claims.parse(data).message.payload)
    return None


PYTHON: dict[str, Callable[[bytes], object]] = {
    "credential": _credential_code,
    "cbor": lambda data: cbor.encode(cbor.decode(data, max_bytes=4096)).hex(),
    "json": lambda data: jsonform.encode(jsonform.decode(data, max_bytes=4096)).decode(),
    "code": lambda data: checkcode.parse(data.decode()),
    "qr": lambda data: qrtext.parse(data.decode()).data.hex(),
}
FAMILY = {"not_cbor": "not_cbor", "not_json": "not_canonical", "not_encodable": "not_canonical"}
"""Codes of Python's JSON that the page does not tell apart; the verdict does not either."""


def _answer(parser: str, data: bytes) -> tuple[str | None, object]:
    try:
        return None, PYTHON[parser](data)
    except CredentialError as error:
        return FAMILY.get(error.code, error.code), None


def _compare(parser: str, inputs: list[bytes]) -> int:
    """Compare both languages; returns how many inputs were accepted."""
    questions = [{"parser": parser, "hex": data.hex()} for data in inputs]
    answers = json.loads(run_node(str(HERE / "parsers.mjs"), text=json.dumps(questions)))
    accepted = 0
    for data, answer in zip(inputs, answers, strict=True):
        code, value = _answer(parser, data)
        page_code = answer["code"]
        if parser == "credential":
            # Behind the signature every fault of form is `bad_claims` in the verdict (FORMAT 12, step 4).
            code = page_code if {code, page_code} == {"bad_claims", "not_canonical"} else code
            code = page_code if {code, page_code} == {"bad_claims", "not_cbor"} else code
            code = page_code if {code, page_code} == {"bad_claims", "not_recognised"} else code
        assert page_code == code, f"{parser} {data.hex()}: page {page_code}, Python {code}"
        assert answer.get("value") == value, f"{parser} {data.hex()}"
        accepted += code is None
    return accepted


@pytest.fixture(scope="module")
def credential() -> bytes:
    return World().issue().credential


def test_credentials_with_any_bit_flipped_are_read_alike(credential: bytes) -> None:
    flipped = [
        bytes(byte ^ (1 << bit) if at == place else byte for at, byte in enumerate(credential))
        for place in range(len(credential))
        for bit in range(8)
    ]
    accepted = _compare("credential", [credential, *flipped])
    # What the signature covers as free content (digits, identifiers, the signature itself) still has a form.
    assert 1 < accepted < len(flipped)


def test_cut_and_lengthened_credentials_are_read_alike(credential: bytes) -> None:
    cut = [credential[:length] for length in range(len(credential))]
    longer = [credential + bytes([byte]) for byte in range(256)]
    assert _compare("credential", [*cut, *longer, bytes(421), b""]) == 0


def test_random_cbor_is_read_alike() -> None:
    rng = random.Random(20261121)  # noqa: S311 - inputs, no secrets
    heads = bytes([0x00, 0x17, 0x18, 0x19, 0x20, 0x38, 0x40, 0x41, 0x58, 0x60, 0x61, 0x80, 0x81, 0x82, 0x9F])
    heads += bytes([0xA0, 0xA1, 0xA2, 0xC0, 0xD2, 0xF4, 0xF5, 0xF6, 0xF7, 0xF9, 0xFF])
    inputs = [
        bytes(rng.choice(heads) if rng.random() < 0.8 else rng.randrange(256) for _ in range(rng.randrange(1, 9)))
        for _ in range(6000)
    ]
    assert _compare("cbor", inputs) > 200


def test_odd_json_is_read_alike() -> None:
    rng = random.Random(20261121)  # noqa: S311 - inputs, no secrets
    pieces = ["{", "}", "[", "]", ",", ":", '"a"', '"b"', '"\\n"', '"\\u0041"', '"职"', "1", "-1", "-0", "0", "1.5"]
    pieces += ["1e2", "true", "null", " ", "9007199254740991", "9007199254740992", '"\\ud83d\\ude00"', '"\\ud800"']
    inputs = ["".join(rng.choices(pieces, k=rng.randrange(1, 6))).encode() for _ in range(6000)]
    inputs += [b'{"a":%s}' % text for text in inputs[:500]] + [b'{"a":1,"b":%s}' % text for text in inputs[:500]]
    assert _compare("json", inputs) > 200


def test_typed_check_codes_are_read_alike() -> None:
    rng = random.Random(20261121)  # noqa: S311 - inputs, no secrets
    code = World().issue().check_code
    other = "-–—－·. _\u3000\u00a0\t0O1IioßΑ١Ａｑ７\u200b/é\U0001f600"
    inputs = [code, code.lower(), checkcode.group(checkcode.CheckCode(code))]
    for _ in range(3000):
        typed = list(code if rng.random() < 0.5 else code.lower())
        for _ in range(rng.randrange(3)):
            typed.insert(rng.randrange(len(typed)), rng.choice(other))
        inputs.append("".join(typed))
    assert _compare("code", [typed.encode() for typed in inputs]) > 200


def test_odd_qr_texts_are_read_alike() -> None:
    origins = ["https://zc.example", "http://localhost", "http://zc.example", "https://[::1]:80", "https://a:0", "HTTPS://a"]
    origins += ["https://a:65536", "https://a:123456", "https://-a-.", "https://a/b", "https://a?b", "", " https://a"]
    digits = ["", "0", "1", "255", "256", "01", "1 ", "+1", "1_1", "١", "1\n", "9" * 1011, "9" * 1012, "9" * 1013, "9" * 1400]
    paths = ["/v/#", "/v#", "/v/", "/V/#", "/v/#/v/#", "#"]
    inputs = [f"{origin}{path}{number}" for origin in origins for path in paths for number in digits]
    assert _compare("qr", [text.encode() for text in inputs]) > 5
