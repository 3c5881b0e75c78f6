"""The wording of findings about photos, a part of the table in ``issuer.intake.findings``.

PHOTO_MESSAGES["photo_animated"]    # ('error', '照片：是动图，请另存为 JPEG', 'photo: an animation, save it as JPEG')
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_ERROR, _WARNING, _NOTICE = "error", "warning", "notice"

PHOTO_MESSAGES: Final[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
    {
        "photo_missing": (
            _WARNING,
            "照片：没有此人的照片，证书上不印照片",
            "photo: none for this row, the certificate has none",
        ),
        "photo_twice": (
            _ERROR,
            "照片：此人有几张（{names}），请只留一张",
            "photo: several for this row ({names_en}), keep one",
        ),
        "photo_ambiguous": (
            _ERROR,
            "照片：{names} 的序号在第 {rows} 行都有，请用证件号码作文件名",
            "photo: {names_en} is the number of rows {rows_en}, name the file by the ID number",
        ),
        "photo_no_row": (
            _WARNING,
            "有 {count} 张照片不属于名单中的任何一行（{names}）：请核对文件名",
            "photos that belong to no row: {count} ({names_en}); look at their names",
        ),
        "photo_other_files": (
            _NOTICE,
            "照片文件夹里有 {count} 个不读的文件（{names}）：只读 .jpg、.jpeg、.png，不读下级文件夹和链接",
            "files beside the photos that were not read: {count} ({names_en}); only .jpg, .jpeg and .png are read, "
            "no folders or links",
        ),
        "photo_file": (
            _ERROR,
            "照片：文件打不开（{names}），请检查文件",
            "photo: the file cannot be opened ({names_en})",
        ),
        "photo_too_large": (
            _ERROR,
            "照片：文件有 {size} 字节，上限 {limit} 字节，请缩小后再用",
            "photo: {size} bytes, at most {limit} are read; make it smaller",
        ),
        "photo_pixels": (
            _ERROR,
            "照片：超过 {limit} 像素，请缩小后再用",
            "photo: more than {limit} pixels, make it smaller",
        ),
        "photo_kind": (
            _ERROR,
            "照片：不是 JPEG 或 PNG 图片{kind_zh}，请另存为 JPEG",
            "photo: neither JPEG nor PNG{kind_en}, save it as JPEG",
        ),
        "photo_animated": (_ERROR, "照片：是动图，请另存为 JPEG", "photo: an animation, save it as JPEG"),
        "photo_damaged": (_ERROR, "照片：已损坏或不完整，请换一张", "photo: damaged or not whole, take another one"),
        "photo_costly": (
            _ERROR,
            "照片：读取所需的时间或内存超过上限，请另存为 JPEG",
            "photo: takes more time or memory than a photo does, save it as JPEG",
        ),
        "photo_coarse": (
            _WARNING,
            "照片：只有 {width}×{height} 像素，印出来会模糊",
            "photo: only {width} by {height} pixels, it will look coarse in print",
        ),
        "photo_cut": (
            _WARNING,
            "照片：{width}×{height} 像素，不是证件照的宽高比，打印时会裁去边缘",
            "photo: {width} by {height} pixels, not the shape of a portrait, its edges will be cut off in print",
        ),
        "photo_landscape": (_WARNING, "照片：宽大于高，请看是不是横放了", "photo: wider than high, is it turned?"),
    }
)
"""By code: how grave it is, in Chinese, in English; the braces are filled by ``make``."""
