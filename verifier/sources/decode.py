"""Finds QR codes in grey values, as a program of its own: what takes too long can be ended, which a thread cannot be.

Rules: it imports nothing of ours and opens no file; grey values come in on stdin, row by row, the texts go out as JSON.

    python decode.py WIDTH HEIGHT < grey > texts.json
"""

from __future__ import annotations

import json
import sys

import zxingcpp
from PIL import Image


def texts_in(grey: Image.Image) -> list[str]:
    """The texts of all QR codes, in the order found."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=formats)]


if __name__ == "__main__":
    size = int(sys.argv[1]), int(sys.argv[2])
    json.dump(texts_in(Image.frombytes("L", size, sys.stdin.buffer.read())), sys.stdout)
