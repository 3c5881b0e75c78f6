"""Where the sealed document of a certificate is, as the register says it, if it is there.

path = document_of(home.documents, certificate)
"""

from __future__ import annotations

from pathlib import Path

from issuer.db.certificates import Certificate


def document_of(directory: Path, certificate: Certificate) -> Path | None:
    """Return the document below the directory of documents; None where none was made, or it is gone."""
    if certificate.document_path is None:
        return None
    documents = directory.resolve()
    path = (documents / certificate.document_path).resolve()
    # The column is not trusted: a path that leads elsewhere would hand any file of this machine to anyone who asks.
    return path if path.is_relative_to(documents) and path.is_file() else None
