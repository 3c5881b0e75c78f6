"""FORMAT 6.2: the sealed document, and what is refused before it is read."""

from __future__ import annotations

from typing import Final

from tests.breaks.model import Break, Edit

FORM: Final = "verifier/sources/sealform.py"
PDF: Final = "verifier/sources/pdf.py"
RECOGNISE: Final = "verifier/sources/recognise.py"
BY_FORM: Final = "verifier/test_pdf_form.py"
BY_SOURCES: Final = "verifier/test_sources.py"

BREAKS: Final = (
    Break(
        "6.2 what nobody signed of a time-stamp has one form",
        "verifier/sources/sealform.py",
        "if _token_written(content, info) != token:",
        "if not _token_written(content, info):",
        "vectors document_time_stamp_with_another_digest_form",
    ),
    Break(
        "6.2 the signature of a time-stamp is low-s",
        "verifier/sources/sealform.py",
        "if not 0 < 2 * s <= order or",
        "if not 0 < s <= order or",
        "vectors document_time_stamp_in_high_s",
    ),
    Break(
        "6.2 the signature is written in its one form",
        FORM,
        'info["signed_attrs"].contents, signature, token) != container:',
        'info["signed_attrs"].contents, signature, token) == b"":',
        BY_FORM,
    ),
    Break("6.2 the seal is low-s", FORM, "if normalise_low_s(raw) != raw or ", "if ", BY_FORM),
    Break(
        "6.2 capital hexadecimal digits",
        PDF,
        "if gap[1:-1] != container.hex().upper().encode():",
        "if gap[1:-1].upper() != container.hex().upper().encode():",
        "verifier/test_pdf_source.py::test_digits_are_capitals",
    ),
    Break(
        "6.2 nothing but zeros behind the signature",
        PDF,
        "    if any(container[length:]):",
        "    if False:",
        BY_FORM,
    ),
    Break(
        "6.2 DER throughout",
        FORM,
        "    if not tag or tag & 0x1F == 0x1F or not minimal or stop > end or depth > MAX_DER_DEPTH:",
        "    if stop > end or depth > MAX_DER_DEPTH:",
        BY_FORM,
        also=(
            Edit(
                FORM,
                'info["signed_attrs"].contents, signature, token) != container:',
                'info["signed_attrs"].contents, signature, token) == b"":',
            ),
        ),
    ),
    Break(
        "6.2 the chain goes up to one that signed itself",
        FORM,
        'if _name(current, "issuer") != _name(current, "subject"):',
        "if False:",
        BY_FORM,
        also=(Edit(FORM, "    _check_issued(current, current)\n", ""),),
    ),
    Break(
        "6.2 the signature names its chain",
        FORM,
        "if len(named) > 1 and (named[0] != expected[0] or sorted(named) != sorted(expected)):",
        "if False:",
        BY_FORM,
    ),
    Break(
        "6.2 a time-stamp alone may stand beside the signature",
        FORM,
        'if kinds != ["signature_time_stamp_token"] or len(unsigned[0]["values"]) != 1:',
        'if "signature_time_stamp_token" not in kinds:',
        BY_FORM,
        also=(
            Edit(
                FORM,
                'info["signed_attrs"].contents, signature, token) != container:',
                'info["signed_attrs"].contents, signature, token) == b"":',
            ),
        ),
    ),
    Break("6.2 a time-stamp is bounded", FORM, "if len(token) > sealforms.MAX_STAMP:", "if False:", BY_FORM),
    Break(
        "6.2 a time-stamp is of this signature",
        FORM,
        'or digest(signature).digest() != imprint["hashed_message"].native:',
        "or False:",
        BY_FORM,
    ),
    Break("6.2 a time-stamp is signed", FORM, "    if checked != (True, True):", "    if False:", BY_FORM),
    Break(
        "6.2 a time-stamp carries nothing unsigned",
        FORM,
        'loose = _present(content["crls"]) or _present(info["unsigned_attrs"])',
        'loose = _present(content["crls"])',
        BY_FORM,
    ),
    Break("6.2 the gap is bounded before it is read", PDF, "if end - begin > MAX_GAP:", "if False:", BY_FORM),
    Break(
        "6.2 a picture that is a PDF too is refused",
        RECOGNISE,
        "if picture and (document or _PDF_ANYWHERE.search(data)):",
        "if picture and document:",
        BY_SOURCES,
    ),
    Break("6.2 what is called a PDF is one", RECOGNISE, "    if called_pdf:\n", "    if False:\n", BY_SOURCES),
)
