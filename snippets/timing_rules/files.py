"""A file replaced whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path


def replace_file(path: str, before: bytes, after: bytes) -> bool:
    """Put new content in the place of a file, whole or not at all; its mode stays, and of a link the file that it leads
    to is replaced. False, and nothing is done, where the file no longer holds `before`. Errors: `OSError`."""
    target = Path(path).resolve()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(after)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(target, name)
        if target.read_bytes() != before:
            return False
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)
    return True
