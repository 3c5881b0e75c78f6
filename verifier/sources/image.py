"""QR codes in pictures: PNG or JPEG, bounded before anything is decoded.

texts = read_qr_texts(path.read_bytes())
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from io import BytesIO
from pathlib import Path
from typing import Final

from credential.qrtext import PATH
from verifier.errors import SourceError, UsageError
from verifier.sources.texts import tidy

MAX_IMAGE_BYTES: Final = 20 << 20
"""A phone's largest photographs have 15 MB."""
MAX_PIXELS: Final = 50_000_000
"""A phone's largest photographs have 50 million; as grey values, 50 MB."""
MAX_SIDE: Final = 65_535
"""The decoder refuses longer ones; a few bytes of PNG are enough for millions."""
MAX_PIXELS_HERE: Final = 1_500_000
"""What is looked through in this process. The search takes time with the square of the number of patterns that look
like the corner of a code: 1.5 million pixels full of them take a second, 50 million take minutes."""
MAX_SECONDS: Final = 15.0
"""For a larger picture, in a process of its own that is then ended; an honest one takes a second."""
MAX_CODES: Final = 50
"""A sheet of certificates photographed at once."""
PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"


def is_image(data: bytes) -> bool:
    """Whether the first bytes are those of a PNG or JPEG."""
    return data.startswith((PNG, JPEG))


def read_qr_texts(data: bytes) -> tuple[str, ...]:
    """Return the texts of the certificates' QR codes in a picture, each once, in the order found.

    Raises:
        SourceError: ``too_large``, ``bad_image``, ``too_dense``, ``no_code``, ``other_code`` (codes, but none of a
            certificate).
        UsageError: ``image_support_missing``.
    """
    if len(data) > MAX_IMAGE_BYTES:
        raise SourceError(
            "too_large", f"the picture has {len(data)} bytes; at most {MAX_IMAGE_BYTES} are read", most=MAX_IMAGE_BYTES
        )
    found = _decode(data)
    ours = tuple(dict.fromkeys(text for text in found if PATH in tidy(text)[0]))
    if ours:
        return ours
    if found:
        raise SourceError(
            "other_code", "the picture's QR code is not a title certificate's; photograph the certificate's"
        )
    raise SourceError(
        "no_code",
        "no QR code was found in the picture; photograph the code alone, flat, in good light, filling the frame",
    )


def _decode(data: bytes) -> list[str]:
    try:
        from PIL import Image  # noqa: PLC0415 - only pictures need the libraries

        from verifier.sources.decode import texts_in  # noqa: PLC0415
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
            with Image.open(BytesIO(data), formats=("PNG", "JPEG")) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
                    raise SourceError("too_large", f"the picture has {width} x {height} pixels; make it smaller")
                grey = picture.convert("L")
    except (SourceError, MemoryError):
        raise
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise SourceError("too_large", "the picture has too many pixels; make it smaller") from error
    except Exception as error:
        # The decoders were written for honest files and raise whatever comes (SyntaxError, AssertionError, ...).
        raise SourceError("bad_image", "the picture is damaged or no PNG or JPEG; save it again") from error
    found = texts_in(grey) if width * height <= MAX_PIXELS_HERE else _texts_in_time(grey.tobytes(), width, height)
    return found[:MAX_CODES]


def _texts_in_time(grey: bytes, width: int, height: int) -> list[str]:
    """As ``texts_in``, given up when it takes too long."""
    program = Path(__file__).with_name("decode.py")
    command = [sys.executable, "-I", str(program), str(width), str(height)]
    try:
        # Our own program; what came from outside is on its stdin.
        done = subprocess.run(command, input=grey, capture_output=True, timeout=MAX_SECONDS, check=True)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            "too_dense", "the picture could not be searched in time; photograph the code alone, or make it smaller"
        ) from error
    except (OSError, subprocess.CalledProcessError) as error:
        raise SourceError("bad_image", "the picture could not be searched for codes; make it smaller") from error
    texts: list[str] = json.loads(done.stdout)
    return texts
