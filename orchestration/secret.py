"""The key under which patients' codes are hashed: made on the first run, kept outside the home, never printed.

Losing it makes pseudonyms unlinkable to later deliveries; a wrong one is noticed before a row is written.
"""

import os
import re
import secrets
import stat
from pathlib import Path

from orchestration import key_file, withdrawals
from orchestration.settings import ConfigurationError, Home
from transforms.pseudonyms import fingerprint

KEY_BYTES = 32
FINGERPRINT = re.compile("[0-9a-f]{8}")


def key_of(home: Home) -> bytes:
    """The 32 bytes of the key of `home`, made if there is none yet.

    Raises `ConfigurationError` where the key is short, all zero, readable by others, inside the home, or not the one
    that this home's pseudonyms were made with.
    """
    place = key_file.place()
    if home.root in place.parents:
        raise ConfigurationError(f"the key file {place.name} lies inside the home; keep it elsewhere (VERUM_KEY_FILE)")
    if not place.exists():
        _refuse_to_replace(home, place)
        _make(place)
    key = _read(place)
    _compare(home, key)
    return key


def _refuse_to_replace(home: Home, place: Path) -> None:
    if home.key_fingerprint.exists():
        raise ConfigurationError(
            f"the key file {place} is gone, but this home's pseudonyms were made with one; "
            "restore it from where you keep keys (VERUM_KEY_FILE names its place)"
        )


def _make(place: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))


def _read(place: Path) -> bytes:
    if not place.is_file():
        raise ConfigurationError(f"the key file {place}: found a folder; expected a file of {KEY_BYTES} random bytes")
    if place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"the key file {place} can be read by others; run: chmod 600 {place}")
    key = place.read_bytes()
    if len(key) != KEY_BYTES or not any(key):
        raise ConfigurationError(
            f"the key file {place}: expected {KEY_BYTES} random bytes; restore it, or remove it for a new home"
        )
    return key


def _refuse_another(home: Home) -> None:
    """Raises `ConfigurationError` where patients were withdrawn under a key of which the fingerprint is gone."""
    if withdrawals.withdrawn(home):
        raise ConfigurationError(
            "key-fingerprint: found none, though patients of this home were withdrawn; expected it beside their keyed "
            "hashes, which another key would not know again. Put the file back from a backup"
        )


def _fingerprint_in(stored: Path) -> str:
    written = stored.read_bytes().strip().decode("ascii", "replace")
    if not FINGERPRINT.fullmatch(written):
        raise ConfigurationError(
            f"{stored.name}: found no fingerprint; expected the eight hex digits that tell this home's key from "
            "another. Put the file back from a backup. If there is none, and you are sure of the key, remove the file"
        )
    return written


def _compare(home: Home, key: bytes) -> None:
    stored = home.key_fingerprint
    if not stored.exists():
        _refuse_another(home)
        stored.write_text(fingerprint(key) + "\n", "ascii")
    elif _fingerprint_in(stored) != fingerprint(key):
        raise ConfigurationError(
            "the key is not the one that this home's pseudonyms were made with (its fingerprint differs); "
            "point VERUM_KEY_FILE at the right one"
        )
