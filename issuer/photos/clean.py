"""A photo is decoded and encoded again, so that only the picture goes on.

Rules: JPEG or PNG, by the bytes and not by the name, one picture, bounded in bytes and in pixels before decoding. It is
turned as the camera says, brought into sRGB, laid on white and made as small as it is printed. What a camera or program
wrote beside the picture (place, time, device, comments, previews, profiles) is left behind. The same input gives the
same bytes. This module runs in a child (``issuer.photos.child``): it decodes what came from outside.

    clean(Path("photo.jpg").read_bytes()).photo    # JPEG bytes, at most 480 by 640 pixels
"""

from __future__ import annotations

import io
from types import MappingProxyType
from typing import Final

from PIL import Image, ImageCms

from issuer.photos.model import MAX_PHOTO_BYTES, MAX_PHOTO_PIXELS, PRINTED_SIZE, Cleaned, CleanPhoto, PhotoError

QUALITY: Final = 88
_ORIENTATION: Final = 0x0112
_TURNS: Final = MappingProxyType(
    {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
)
"""By EXIF orientation, what brings the picture upright."""
_ON_ITS_SIDE: Final = 5
"""From this orientation on, width and height change places."""
_DRAFT: Final = (2 * PRINTED_SIZE[1], 2 * PRINTED_SIZE[1])
"""A large JPEG is decoded at a fraction of its size, not smaller than this."""
_KINDS: Final = (
    (0, b"GIF8", "GIF"),
    (8, b"WEBP", "WebP"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif", "HEIC"),
    (4, b"ftypavif", "AVIF"),
    (0, b"BM", "BMP"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"%PDF", "PDF"),
)
"""Place, bytes and name of the kinds that offices send instead."""
_OURS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def clean(data: bytes) -> Cleaned:
    """The picture as a plain JPEG of at most ``PRINTED_SIZE`` pixels.

    Raises:
        PhotoError: ``photo_too_large``, ``photo_kind``, ``photo_pixels``, ``photo_animated``, ``photo_damaged``.
    """
    if len(data) > MAX_PHOTO_BYTES:
        raise PhotoError("photo_too_large", size=len(data), limit=MAX_PHOTO_BYTES)
    if not data.startswith(_OURS):
        raise PhotoError("photo_kind", kind=kind_of(data))
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            return _cleaned(image)
    except (MemoryError, PhotoError):
        raise
    except Image.DecompressionBombError as error:
        raise PhotoError("photo_pixels", limit=MAX_PHOTO_PIXELS) from error
    except Exception as error:  # decoders raise anything over damaged bytes
        raise PhotoError("photo_damaged") from error


def kind_of(data: bytes) -> str:
    """The name of another kind of picture; empty for a kind that is not known."""
    return next((name for at, mark, name in _KINDS if data[at : at + len(mark)] == mark), "")


def _cleaned(image: Image.Image) -> Cleaned:
    width, height = image.size
    if width * height > MAX_PHOTO_PIXELS:
        raise PhotoError("photo_pixels", limit=MAX_PHOTO_PIXELS)
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise PhotoError("photo_animated")
    profile = image.info.get("icc_profile")
    orientation = _orientation(image)
    on_its_side = orientation >= _ON_ITS_SIDE
    image.draft(None, _DRAFT)
    image.load()
    picture = _simple(image)
    picture.thumbnail(PRINTED_SIZE[::-1] if on_its_side else PRINTED_SIZE)
    picture = _in_srgb(_on_white(picture), profile)
    if orientation in _TURNS:
        picture = picture.transpose(_TURNS[orientation])
    bare = Image.frombytes("RGB", picture.size, picture.tobytes())  # the encoder takes a comment from what it is given
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True)
    if on_its_side:
        width, height = height, width
    return Cleaned(photo=CleanPhoto(out.getvalue()), width=width, height=height)


def _orientation(image: Image.Image) -> int:
    """What the camera says; upright where that cannot be read."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF does not damage the picture
        return 1


def _simple(image: Image.Image) -> Image.Image:
    """A picture that can be made smaller: grey, RGB, RGBA or CMYK, eight bits a channel."""
    if image.mode in {"L", "RGB", "RGBA", "CMYK"}:
        return image
    if image.mode.startswith("I"):  # a grey PNG of 16 bits; converting it would cut the bright half off
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"LA", "PA"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """In the colours that every screen and printer expects; a profile that does not fit the picture is not used."""
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return picture.convert("RGB") if made is None else made
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture.convert("RGB")
