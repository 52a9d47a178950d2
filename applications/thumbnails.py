"""The small picture of a file: of a picture, or of a PDF's first page. Decoders of pictures and PDFs have met
hostile files before: they run in a process of their own, with bounds on memory, time and what it writes, without
the portal's environment. Run as a script, this file is that process; it imports nothing of the portal's."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

SIDE = 240
"""How many pixels wide and high a thumbnail is at most."""
MEMORY = 640 * 1024 * 1024
SECONDS = 10
MAX_BYTES = 256 * 1024
MAX_PIXELS = 120_000_000
KINDS = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp", "image/heic"})


def make(file: IO[bytes], content_type: str) -> bytes | None:
    """A thumbnail of `file` as WebP, or None where none can be made, for whatever reason."""
    if content_type not in KINDS:
        return None
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        # A file on this machine, wherever it is stored.
        shutil.copyfileobj(file, source)
        source.seek(0)
        try:
            made = subprocess.run(  # noqa: S603  Only `content_type` comes from outside, and it is one of KINDS.
                [sys.executable, "-I", str(Path(__file__).resolve()), content_type],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                timeout=2 * SECONDS,
                env={},
            )
        except (subprocess.TimeoutExpired, OSError):
            return None
        if made.returncode != 0:
            return None
        target.seek(0)
        return target.read(MAX_BYTES) or None


# --- In the process of its own ---------------------------------------------------------------------------
def _draw(file: IO[bytes], content_type: str) -> Any:
    """The file as a Pillow image of any size, upright."""
    if content_type == "application/pdf":
        return _first_page(file)
    from PIL import Image, ImageOps

    if content_type == "image/heic":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    wanted = content_type.removeprefix("image/").upper()
    picture = Image.open(file, formats=["HEIF" if wanted == "HEIC" else wanted])
    picture.draft("RGB", (4 * SIDE, 4 * SIDE))  # A JPEG is decoded smaller at once.
    picture.thumbnail((4 * SIDE, 4 * SIDE))
    return ImageOps.exif_transpose(picture)


def _first_page(file: IO[bytes]) -> Any:
    import pypdfium2

    page = pypdfium2.PdfDocument(file)[0]
    scale = 2 * SIDE / max(page.get_size())
    return page.render(scale=min(scale, 4)).to_pil()


def _small(picture: Any) -> Any:
    """At most SIDE pixels wide and high, on white; a new picture, so that no comment or position comes along."""
    from PIL import Image

    picture = picture.convert("RGBA")
    picture.thumbnail((SIDE, SIDE))
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture)
    return ground


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, MAX_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    _limit()
    _small(_draw(sys.stdin.buffer, sys.argv[1])).save(sys.stdout.buffer, "WEBP", quality=80, method=4)
