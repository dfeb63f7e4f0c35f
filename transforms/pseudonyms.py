"""Patients' codes become keyed hashes before anything but the vault holds them. No key is kept or read here.

HMAC-SHA-256 under a secret key, never a bare hash: a bare hash of a ten-digit number is undone in minutes.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

import polars as pl

#: Domain labels keep a patient's hash apart from any other use of the same key (PRIVACY, section 6).
PATIENT = b"verum/patient/v1\0"
COURSE = b"verum/course/v1\0"
FINGERPRINT = b"verum/fingerprint/v1\0"
_ZERO_WIDTH = "[\u200b\u200c\u200d\u2060\ufeff]"


def canonical(codes: pl.Expr) -> pl.Expr:
    """Codes in the one form that is hashed: NFKC, without zero-width characters, trimmed, upper-case."""
    return codes.str.normalize("NFKC").str.replace_all(_ZERO_WIDTH, "").str.strip_chars().str.to_uppercase()


def keyed(codes: pl.Series, *, source: str, key: bytes, label: bytes = PATIENT) -> pl.DataFrame:
    """One row per distinct code: `code` as delivered, and `patient`, the first 64 bits of its HMAC.

    The source's name is hashed with the code, so one person at two clinics is two patients (DESIGN, section 2).
    Raises `ValueError` if two different codes share their first 64 bits.
    """
    distinct = codes.drop_nulls().unique()
    several = pl.DataFrame({"delivery": pl.repeat(0, distinct.len(), dtype=pl.Int32, eager=True), "code": distinct})
    return keyed_together(several, sources=[source], key=key, label=label).select("code", "patient")


def keyed_together(codes: pl.DataFrame, *, sources: Sequence[str], key: bytes, label: bytes = PATIENT) -> pl.DataFrame:
    """`delivery`, `code` and `patient` of distinct codes of several deliveries; `sources` names each delivery's source.

    Raises `ValueError` if two different codes of a delivery share their first 64 bits.
    """
    known = codes.drop_nulls("code")
    forms = known.select(canonical(pl.col("code"))).to_series().to_list()
    starts = [hmac.new(key, label + source.encode() + b"\0", hashlib.sha256) for source in sources]
    seen: list[dict[str, int]] = [{} for _ in sources]
    bits = []
    for delivery, form in zip(known["delivery"].to_list(), forms, strict=True):
        found = seen[delivery].get(form)
        if found is None:
            found = seen[delivery][form] = int.from_bytes(_digest(starts[delivery], form)[:8], "big")
        bits.append(found)
    for source, hashed in zip(sources, seen, strict=True):
        if len(set(hashed.values())) != len(hashed):
            raise ValueError(f"{source}: two patient codes share a 64-bit pseudonym; rotate the key and read again")
    return known.select("delivery", "code", patient=pl.Series(bits, dtype=pl.UInt64))


def pseudonym(digest: bytes) -> str:
    """The first 130 bits of a digest as 26 letters and digits."""
    return base64.b32encode(digest[:20]).decode()[:26]


def fingerprint(key: bytes) -> str:
    """Eight hex digits that tell one key from another and nothing about either."""
    return hmac.new(key, FINGERPRINT, hashlib.sha256).hexdigest()[:8]


def _digest(start: "hmac.HMAC", form: str) -> bytes:
    each = start.copy()
    each.update(form.encode())
    return each.digest()
