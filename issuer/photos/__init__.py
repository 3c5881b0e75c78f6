"""Photos: a stranger's picture is decoded in a process of its own, and only the picture goes on.

Rules. This room knows pictures, and nothing of awards, keys or the register. Which picture is whose, ``intake`` says;
where it is kept, ``batches``.

    with PhotoReader() as reader:
        cleaned = reader.clean(Path("photo.jpg").read_bytes())
"""
