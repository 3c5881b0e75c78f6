"""QR codes in pictures, bounded before anything is decoded.

Rules: what a picture takes beyond these bounds is bounded by the process that it is read in (``children``); nothing
that serves others calls ``read_qr_texts`` itself.

    texts = read_qr_texts(path.read_bytes())
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from credential.qrtext import PATH
from verifier.errors import SourceError, UsageError
from verifier.sources.formats import is_heic, kind_of
from verifier.sources.looks import second_looks
from verifier.sources.texts import odd_link, tidy

if TYPE_CHECKING:
    from PIL import Image

MAX_IMAGE_BYTES: Final = 20 << 20
"""A phone's largest photographs have 15 MB."""
MAX_PIXELS: Final = 50_000_000
"""A phone's largest photographs have 50 million; as grey values, 50 MB."""
MAX_SIDE: Final = 65_535
"""The decoder refuses longer ones; a few bytes of PNG are enough for millions."""
MAX_CODES: Final = 50
"""A sheet of certificates photographed at once."""
WHITE: Final = 255


def _is_ours(text: str) -> bool:
    """Whether it is the text of a certificate, also behind an address that no code of ours may have."""
    tidied, _ = tidy(text)
    return PATH in tidied or odd_link(tidied) is not None


def read_qr_texts(data: bytes) -> tuple[str, ...]:
    """Return the texts of the certificates' QR codes in a picture, each once, in the order found.

    Of an animated picture or one of several pages the first is read. A picture without any code is looked at again,
    larger and sharper.

    Raises:
        SourceError: ``too_large``, ``bad_image``, ``heic``, ``no_code``, ``other_code`` (codes, but none of a
            certificate).
        UsageError: ``image_support_missing``.
        MemoryError: the process may not have as much.
    """
    if len(data) > MAX_IMAGE_BYTES:
        raise SourceError(
            "too_large", f"the picture has {len(data)} bytes; at most {MAX_IMAGE_BYTES} are read", most=MAX_IMAGE_BYTES
        )
    grey = _decoded(data)
    found = _codes_in(grey)
    for look in second_looks(grey) if not found else ():
        found = _codes_in(look)
        if found:
            break
    ours = _ours_of(found)
    if ours:
        return ours
    if found:
        raise SourceError(
            "other_code", "the picture's QR code is not a title certificate's; photograph the certificate's"
        )
    raise SourceError(
        "no_code",
        "no QR code was found in the picture; photograph the code alone, flat, in good light, filling the frame, or "
        "type the check code that is printed beside it",
    )


def texts_in(grey: Image.Image) -> tuple[str, ...]:
    """The texts of certificates' codes in grey values, each once; none when there are none. One look."""
    return _ours_of(_codes_in(grey))


def _ours_of(found: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in found if _is_ours(text)))


def _codes_in(grey: Image.Image) -> list[str]:
    import zxingcpp  # noqa: PLC0415 - only pictures need the library

    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=kinds)][:MAX_CODES]


def _decoded(data: bytes) -> Image.Image:
    if is_heic(data):
        say = "the picture is HEIC, which is not read here; save or send it as JPEG, or take a screenshot of it"
        raise SourceError("heic", say)
    try:
        import zxingcpp  # noqa: F401, PLC0415 - only pictures need the libraries
        from PIL import Image  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(
            "image_support_missing",
            f"pictures cannot be read here: {error.name} is missing",
            module=error.name,
        ) from error
    try:
        with warnings.catch_warnings():
            # A damaged EXIF block is nobody's concern; a bomb is.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _grey(Image, data)
    except (SourceError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SourceError("too_large", "the picture has too many pixels; make it smaller") from error
    except Exception as error:
        # The decoders were written for honest files and raise whatever comes (SyntaxError, AssertionError, ...).
        raise SourceError(
            "bad_image", "the picture is damaged or of a kind that is not read; save it as JPEG"
        ) from error


def _grey(library: Any, data: bytes) -> Image.Image:
    """The grey values alone, on white paper: what they were decoded from is given back before they are searched."""
    kind = kind_of(data)
    with library.open(BytesIO(data), formats=() if kind is None else (kind,)) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
            raise SourceError("too_large", f"the picture has {width} x {height} pixels; make it smaller")
        # A JPEG keeps brightness apart from colour: a quarter of the memory.
        picture.draft("L", picture.size)
        if not picture.has_transparency_data:
            return _mode(picture, "L")
        # Not by way of LA where it can be helped, which takes four bytes a pixel.
        seen = picture if "A" in picture.getbands() else _mode(picture, "LA")
        grey, opaque = _mode(seen, "L"), seen.getchannel("A")
    paper: Image.Image = library.new("L", grey.size, WHITE)
    paper.paste(grey, mask=opaque)
    return paper


def _mode(picture: Image.Image, mode: str) -> Image.Image:
    return picture.convert(mode)
