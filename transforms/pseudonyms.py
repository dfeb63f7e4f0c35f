"""Patients' codes become keyed hashes before anything but the vault holds them. No key is kept or read here.

HMAC-SHA-256 under a secret key, never a bare hash: a bare hash of a ten-digit number is undone in minutes.
"""

import base64
import hashlib
import hmac

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
    forms = pl.select(canonical(pl.lit(distinct))).to_series().to_list()
    start = hmac.new(key, label + source.encode() + b"\0", hashlib.sha256)
    bits = {form: int.from_bytes(_digest(start, form)[:8], "big") for form in set(forms)}
    if len(set(bits.values())) != len(bits):
        raise ValueError(f"{source}: two patient codes share a 64-bit pseudonym; rotate the key and read again")
    patients = pl.Series([bits[form] for form in forms], dtype=pl.UInt64)
    return pl.DataFrame({"code": distinct, "patient": patients})


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
