"""Patients' codes become keyed hashes before anything but the vault holds them. No key is kept or read here.

HMAC-SHA-256 under a secret key, never a bare hash: a bare hash of a ten-digit number is undone in minutes.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from transforms.distinct_cells import distinct

#: Domain labels keep a patient's hash apart from any other use of the same key (PRIVACY, section 6).
PATIENT = b"verum/patient/v1\0"
COURSE = b"verum/course/v1\0"
FINGERPRINT = b"verum/fingerprint/v1\0"
#: Any other character than those of ASCII without space, control and lower-case letters, which are canonical already.
_NOT_CANONICAL = "[^!-`{-~]"
#: Owner and place of a text are packed into one number: more texts than this are never looked at together.
_PLACES = 2**32
#: Characters that take up no room: of no width, soft hyphens, and those that turn the direction of writing.
INVISIBLE = "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"


def canonical(codes: pl.Expr) -> pl.Expr:
    """Codes in the one form that is hashed: NFKC, without invisible characters, trimmed, upper-case."""
    return codes.str.normalize("NFKC").str.replace_all(INVISIBLE, "").str.strip_chars().str.to_uppercase()


def keyed(
    codes: pl.Series, *, source: str, key: bytes, label: bytes = PATIENT, shape: str = "", blank: Sequence[str] = ()
) -> pl.Series:
    """`keyed_together` for codes of one source."""
    of_one = pl.Series([0], dtype=pl.Int32).new_from_index(0, codes.len())
    return keyed_together(codes, of_one, sources=[source], key=key, label=label, shape=shape, blank=blank)


def keyed_together(
    codes: pl.Series,
    owners: pl.Series,
    *,
    sources: Sequence[str],
    key: bytes,
    label: bytes = PATIENT,
    shape: str = "",
    blank: Sequence[str] = (),
) -> pl.Series:
    """For each code the first 64 bits of the HMAC of its canonical form; null where nothing is left of it.

    `owners` says for each code whose it is, as a place in `sources`. The source's name is hashed with the code, so one
    person at two clinics is two patients (DESIGN, section 2). What is among `blank`, or not of the `shape` (a regular
    expression), gets no hash. Each distinct code of a source is hashed once.
    Raises `ValueError` if two different codes of a source share their first 64 bits.
    """
    texts, places = distinct(codes)
    every = (owners.cast(pl.UInt64) * _PLACES + places).alias("code")
    once = every.unique()
    owner, place = once // _PLACES, once % _PLACES
    pairs = pl.DataFrame({"owner": owner, "code": once, "form": _forms(texts, shape, blank).gather(place)})
    pairs = pairs.drop_nulls("form").sort("owner")
    forms, hashed, done = pairs["form"].cast(pl.Binary).to_list(), [np.empty(0, np.uint64)], 0
    for whose, count in pairs.group_by("owner", maintain_order=True).len().iter_rows():
        hashed.append(_hashed(forms[done : done + count], key, label + sources[whose].encode() + b"\0"))
        done += count
    found = pairs.with_columns(hashed=pl.Series(np.concatenate(hashed)))
    for whose, apart, bits in found.group_by("owner").agg(pl.col("form", "hashed").n_unique()).iter_rows():
        if apart != bits:
            name = sources[whose]
            raise ValueError(f"{name}: two patient codes share a 64-bit pseudonym; rotate the key and read again")
    return every.to_frame().join(found, on="code", how="left", maintain_order="left")["hashed"]


def _forms(texts: pl.Series, shape: str, blank: Sequence[str]) -> pl.Series:
    """The canonical form of each text; null for what is no code."""
    sound = (pl.col("form") != "") & ~pl.col("code").is_in(["", *blank])
    if shape:
        sound &= pl.col("form").str.contains(f"(?i)^(?:{shape})$")
    both = pl.DataFrame({"code": texts, "form": _canonical_forms(texts)})
    return both.select(pl.when(sound).then("form")).to_series()


def _canonical_forms(texts: pl.Series) -> pl.Series:
    """The canonical form of each text; only the few that are not in it are rewritten."""
    odd = texts.str.contains(_NOT_CANONICAL).fill_null(value=False)
    rewritten = texts.filter(odd).to_frame("code").select(canonical(pl.col("code"))).to_series()
    places = pl.when(odd).then(texts.len() + odd.cum_sum() - 1).otherwise(pl.int_range(texts.len()))
    return pl.concat([texts, rewritten]).gather(pl.select(places).to_series())


def _hashed(forms: Sequence[bytes], key: bytes, prefix: bytes) -> npt.NDArray[np.uint64]:
    """First 64 bits of the HMAC-SHA-256 of each form; both hashes of RFC 2104 are begun once and continued."""
    block = key.ljust(64, b"\0") if len(key) <= 64 else hashlib.sha256(key).digest().ljust(64, b"\0")
    inner = _sha256(bytes(byte ^ 0x36 for byte in block) + prefix).copy
    outer = _sha256(bytes(byte ^ 0x5C for byte in block)).copy
    digests = []
    for form in forms:
        within, around = inner(), outer()
        within.update(form)
        around.update(within.digest())
        digests.append(around.digest())
    return np.frombuffer(b"".join(digests), ">u8")[::4].astype(np.uint64)


def _builtin_sha256() -> Callable[[bytes], Any]:
    """Python's own SHA-256 where it has one: hashlib's is OpenSSL's, which takes twice as long for a few bytes."""
    for module in ("_sha2", "_sha256"):
        try:
            found: Callable[[bytes], Any] = import_module(module).sha256
        except ImportError:
            continue
        return found
    return hashlib.sha256


_sha256 = _builtin_sha256()


def pseudonym(digest: bytes) -> str:
    """The first 130 bits of a digest as 26 letters and digits."""
    return base64.b32encode(digest[:20]).decode()[:26]


def fingerprint(key: bytes) -> str:
    """Eight hex digits that tell one key from another and nothing about either."""
    return hmac.new(key, FINGERPRINT, hashlib.sha256).hexdigest()[:8]
