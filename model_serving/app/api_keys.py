"""API keys: python -m app.api_keys NAME makes one, and API_KEYS_FILE names who may ask.

The file holds a line for each key, its owner's name and the SHA-256 of the key:

    alice sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08

Empty lines and lines that begin with # are skipped. The key itself is nowhere but with its owner.
It has 256 random bits, so a plain hash cannot be turned round, as one of a password could.
"""

import argparse
import hashlib
import hmac
import re
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import ServingError

_LINE = re.compile(r"([A-Za-z0-9._-]{1,64})\s+sha256:([0-9a-f]{64})")
_BEARER = re.compile(rb"bearer +([\x21-\x7e]{1,256})", re.IGNORECASE)


class ApiKeys:
    """Known keys.

    Parameters
    ----------
    digests : dict of bytes to str
        The SHA-256 of each key, and its owner's name.
    """

    def __init__(self, digests: dict[bytes, str]) -> None:
        self._digests = digests

    def owner(self, authorization: bytes) -> str | None:
        """Whose key an Authorization header holds, compared in constant time; None if nobody's."""
        shown = _BEARER.fullmatch(authorization)
        if shown is None:
            return None
        digest = hashlib.sha256(shown[1]).digest()
        found = None
        for known, owner in self._digests.items():
            if hmac.compare_digest(known, digest):
                found = owner
        return found


def read_api_keys(path: Path) -> ApiKeys:
    """Read a file of keys.

    Raises
    ------
    ServingError
        When it cannot be read, a line is none of a key, a key or a name is there twice, or there
        is no key in it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ServingError(f"API_KEYS_FILE {path}: {error}") from None
    digests: dict[bytes, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        entry = _LINE.fullmatch(line.strip())
        if entry is None:
            problem = "is not NAME sha256:DIGEST"
        elif entry[1] in digests.values():
            problem = f"has the name {entry[1]} again"
        elif bytes.fromhex(entry[2]) in digests:
            problem = "has the key of another line"
        else:
            digests[bytes.fromhex(entry[2])] = entry[1]
            continue
        raise ServingError(
            f"API_KEYS_FILE {path}: line {number} {problem}; make keys with "
            "python -m app.api_keys NAME"
        )
    if not digests:
        raise ServingError(
            f"API_KEYS_FILE {path} holds no key: nobody could ask. Make one with "
            "python -m app.api_keys NAME, or unset API_KEYS_FILE to let everybody in"
        )
    return ApiKeys(digests)


def main(argv: Sequence[str] | None = None) -> int:
    """Make a key: its line for the file to stdout, the key itself to stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m app.api_keys",
        description="Make an API key. Its line goes to stdout, to be appended to API_KEYS_FILE; "
        "the key itself goes to stderr, once, for its owner.",
        epilog="Example: python -m app.api_keys alice >> api_keys.txt",
    )
    parser.add_argument("name", help="its owner, as the request log will say; letters, digits, ._-")
    name = parser.parse_args(argv).name
    key = secrets.token_urlsafe(32)
    line = f"{name} sha256:{hashlib.sha256(key.encode()).hexdigest()}"
    if not _LINE.fullmatch(line):
        parser.error(f"{name!r} is no name of 1 to 64 letters, digits, '.', '_' and '-'")
    print(line)
    print(f"The key of {name}: {key}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
