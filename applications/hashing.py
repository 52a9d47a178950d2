"""One way to turn a record into bytes and the bytes into a hash, so that anyone can repeat it."""

import hashlib
import json
from typing import IO, Any


def canonical(content: Any) -> bytes:
    """`content` as UTF-8 JSON with sorted keys and no spaces. Raises TypeError for what JSON can't hold."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def sha256(content: Any) -> str:
    """The SHA-256 of `canonical(content)`, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def sha256_of_file(file: IO[bytes]) -> str:
    """The SHA-256 of an open binary file, read piece by piece from its start; it is left at its start."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(64 * 1024):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
