"""A photo is decoded and encoded again: upright, in sRGB, small, and nothing beside the picture goes on."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from issuer.photos.clean import clean
from issuer.photos.model import COARSE_SIZE, MAX_PHOTO_BYTES, Cleaned, CleanPhoto, PhotoError
from issuer.photos.plain import require_plain
from tests.support.pictures import CAMERA, SIZE, encoded, exif, opened, picture, silhouette, sized, turned

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def refusal(data: bytes) -> PhotoError:
    with pytest.raises(PhotoError) as caught:
        clean(data)
    return caught.value


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures of one size, in grey levels."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_camera_s_orientation_is_applied_and_gone(kind: str, orientation: int) -> None:
    made = clean(turned(orientation, kind))
    shown = opened(made.photo)
    assert (shown.size, (made.width, made.height)) == (SIZE, SIZE)
    assert difference(shown, silhouette()) < 2
    assert not shown.getexif()


@pytest.mark.parametrize("profile", [SRGB, b""], ids=["profile", "no profile"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_what_a_camera_wrote_is_gone(kind: str, profile: bytes) -> None:
    options = {"comment": b"at home"} if kind == "JPEG" else {}
    data = picture(kind, exif=exif(), icc_profile=profile, **options)
    assert CAMERA.encode() in data
    made = clean(data).photo
    require_plain(made)
    shown = opened(made)
    assert {*shown.info} <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for secret in (CAMERA.encode(), b"at home", b"Exif", b"ICC_PROFILE", b"GPS"):
        assert secret not in made


def test_the_same_input_gives_the_same_bytes() -> None:
    data = picture("PNG")
    assert clean(data) == clean(data)
    assert clean(picture(shade=130)).photo != clean(picture()).photo


@pytest.mark.parametrize(("size", "small"), [((1200, 1600), (480, 640)), ((3000, 1000), (480, 160)), (SIZE, SIZE)])
def test_it_is_as_large_as_it_is_printed_at_most(size: tuple[int, int], small: tuple[int, int]) -> None:
    made = clean(picture(size=size))
    assert (opened(made.photo).size, (made.width, made.height)) == (small, size)


def test_other_colours_become_srgb() -> None:
    """A profile that swaps red and blue is applied, one that does not fit is left aside."""
    red = Image.new("RGB", (300, 400), (200, 20, 20))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (lab, b"no profile"):
        assert difference(opened(clean(encoded(red, icc_profile=profile)).photo), red) < 3
    swapped = SRGB.replace(b"rXYZ", b"____").replace(b"bXYZ", b"rXYZ").replace(b"____", b"bXYZ")
    shown = opened(clean(encoded(red, icc_profile=swapped)).photo)
    assert difference(shown, Image.new("RGB", red.size, (20, 20, 200))) < 3


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    grey = Image.new("L", (300, 400), 180)
    if mode == "I;16":
        made = Image.new("I;16", (300, 400), 180 * 256)
    elif mode == "1":
        made = Image.new("1", (300, 400), 1)
    else:
        made = grey.convert(mode)
    red, green, blue = opened(clean(encoded(made, "PNG")).photo).getpixel((150, 200))  # type: ignore[misc]
    assert abs(red - green) < 3
    assert abs(green - blue) < 3
    assert abs(red - (255 if mode == "1" else 180)) < 4


def test_what_is_transparent_lies_on_white() -> None:
    assert opened(clean(encoded(Image.new("RGBA", (300, 400), (0, 0, 0, 0)), "PNG")).photo).getpixel((9, 9)) == (
        255,
        255,
        255,
    )


def test_a_picture_for_print_is_read() -> None:
    shown = opened(clean(encoded(Image.new("CMYK", (300, 400), (0, 200, 200, 0)))).photo)
    red, green, _ = shown.getpixel((9, 9))  # type: ignore[misc]
    assert (shown.mode, red > 200, green < 100) == ("RGB", True, True)


def test_of_a_phone_s_several_pictures_the_first_is_taken() -> None:
    first, second = Image.new("RGB", (300, 400), "blue"), Image.new("RGB", (300, 400), "red")
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert difference(opened(clean(data).photo), first) < 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_kind"),
        (b"hello", "photo_kind"),
        (picture("WEBP", save_all=True, append_images=[silhouette(shade=90)]), "photo_kind"),
        (picture("GIF"), "photo_kind"),
        (picture()[:200], "photo_damaged"),
        (picture()[:-1000], "photo_damaged"),
        (picture("PNG")[:-1000], "photo_damaged"),
        (picture("PNG", save_all=True, append_images=[silhouette(shade=90)]), "photo_animated"),
        (sized(30_000, 30_000), "photo_pixels"),
        (sized(5001, 5000), "photo_pixels"),
        (b"\xff\xd8\xff" + bytes(MAX_PHOTO_BYTES), "photo_too_large"),
    ],
    ids=[
        "nothing",
        "text",
        "animated WebP",
        "GIF",
        "a head",
        "cut short",
        "PNG cut short",
        "animated PNG",
        "bomb",
        "large",
        "long",
    ],
)
def test_what_is_no_photo_is_refused(data: bytes, code: str) -> None:
    assert refusal(data).code == code


@pytest.mark.parametrize(("kind", "name"), [("WEBP", "WebP"), ("GIF", "GIF"), ("BMP", "BMP"), ("TIFF", "TIFF")])
def test_another_kind_is_named(kind: str, name: str) -> None:
    assert refusal(picture(kind)).fields["kind"] == name


def test_a_phone_s_own_kind_is_named() -> None:
    assert refusal(bytes(4) + b"ftypheic" + bytes(20)).fields["kind"] == "HEIC"


def test_damaged_exif_damages_no_picture() -> None:
    data = picture(exif=exif(6))
    at = data.index(b"Exif\x00\x00") + 6
    broken = data[:at] + b"\xff" * 40 + data[at + 40 :]
    assert (clean(broken).width, clean(broken).height) == SIZE


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((149, 600), ["is_coarse", "is_cut"]),
        ((150, 199), ["is_coarse"]),
        (COARSE_SIZE, []),
        ((579, 413), ["is_cut", "is_landscape"]),
        ((400, 400), ["is_cut"]),
        ((358, 441), []),
        ((300, 501), ["is_cut"]),
    ],
)
def test_what_will_not_look_well_is_said(size: tuple[int, int], said: list[str]) -> None:
    made = Cleaned(photo=CleanPhoto(b""), width=size[0], height=size[1])
    assert [name for name in ("is_coarse", "is_cut", "is_landscape") if getattr(made, name)] == said
