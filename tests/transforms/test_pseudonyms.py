"""Keyed hashes of patients' codes: known answers, one person's many writings, and two clinics kept apart."""

import hashlib
import hmac
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import pseudonyms
from transforms.pseudonyms import COURSE, canonical, fingerprint, keyed

KEY = b"\x01" * 32


def patient(code: str, *, source: str = "hillside", key: bytes = KEY, label: bytes = pseudonyms.PATIENT) -> int:
    found = keyed(pl.Series([code]), source=source, key=key, label=label)
    return int(found.item())


def form(code: str) -> str:
    return str(pl.select(canonical(pl.lit(code))).item())


def test_the_known_answer_is_given() -> None:
    assert patient("A1") == 17048652062267170233  # the first 8 bytes of ec98fab916aa5db9…
    assert fingerprint(KEY) == "2d486eea"


@given(st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True), st.binary(min_size=32, max_size=32))
def test_a_pseudonym_is_the_hmac_of_label_source_and_code(code: str, key: bytes) -> None:
    expected = hmac.new(key, b"verum/patient/v1\0hillside\0" + code.encode(), hashlib.sha256).digest()
    assert patient(code, key=key) == int.from_bytes(expected[:8], "big")


def test_codes_get_the_same_pseudonyms_whatever_other_codes_stand_beside_them() -> None:
    codes = ["A1", "a1 ", "B\u00b2", "C3", None, "", "\u200bC3"]
    together = keyed(pl.Series(codes), source="hillside", key=KEY).to_list()
    assert together == [patient(code) if code else None for code in codes]
    assert together[0] == together[1]
    assert together[3] == together[6]


def test_whatever_computes_sha_256_here_computes_what_hashlib_does() -> None:
    assert pseudonyms._sha256(b"A1").digest() == hashlib.sha256(b"A1").digest()


def test_a_pseudonym_is_never_a_bare_hash() -> None:
    bare = hashlib.sha256(b"A1").digest()
    assert patient("A1") != int.from_bytes(bare[:8], "big")


def test_d_16_one_code_at_two_clinics_is_two_patients() -> None:
    assert patient("A1", source="hillside") != patient("A1", source="riverside")


def test_the_name_of_a_clinic_cannot_run_into_a_code() -> None:
    assert patient("1A", source="hillside") != patient("A", source="hillside1")


def test_another_key_gives_other_pseudonyms_and_another_fingerprint() -> None:
    other = b"\x02" * 32
    assert patient("A1", key=other) != patient("A1")
    assert fingerprint(other) != fingerprint(KEY)


def test_a_course_and_a_patient_with_one_code_are_not_linked() -> None:
    assert patient("A1", label=COURSE) != patient("A1")


def test_a_fingerprint_is_eight_hex_digits_that_say_nothing_of_the_key() -> None:
    assert re.fullmatch("[0-9a-f]{8}", fingerprint(KEY))
    assert fingerprint(KEY) not in KEY.hex()


@pytest.mark.parametrize(
    "written", ["ab1", " AB1 ", "\tAb1", "ＡＢ１", "A\u200bB1", "\ufeffAB1", "AB\u200d1", "AB\u20601", "AB1\u00a0"]
)
def test_one_code_in_many_writings_is_one_patient(written: str) -> None:
    assert form(written) == "AB1"
    assert patient(written) == patient("AB1")


@pytest.mark.parametrize("other", ["A1", "AB01", "AB-1", "AB 1", "AB1.0", "1AB"])
def test_a_code_that_differs_is_another_patient(other: str) -> None:
    assert patient(other) != patient("AB1")


@pytest.mark.parametrize("zeros", ["00123", "0123", "123"])
def test_leading_zeros_are_kept(zeros: str) -> None:
    assert form(zeros) == zeros


@given(st.text(st.characters(codec="latin-1") | st.sampled_from("\u200b\u200d\ufeffＡ１"), max_size=20))
def test_the_canonical_form_is_its_own_canonical_form(code: str) -> None:
    assert form(form(code)) == form(code)


def test_each_code_gets_its_hash_and_nothing_is_made_of_nothing() -> None:
    found = keyed(pl.Series(["A1", "a1", "A1", None, " ", "B2"]), source="hillside", key=KEY)
    assert found.to_list() == [patient("A1")] * 3 + [None, None, patient("B2")]


def test_what_stands_for_no_code_and_what_is_not_of_the_declared_shape_gets_no_hash() -> None:
    found = keyed(pl.Series(["A1", "n/a", "b2", "B23"]), source="hillside", key=KEY, shape="[A-Z][0-9]", blank=["n/a"])
    assert found.to_list() == [patient("A1"), None, patient("B2"), None]


@given(st.lists(st.text(max_size=3) | st.none(), max_size=30))
def test_the_hash_of_a_code_does_not_depend_on_the_codes_beside_it(codes: list[str | None]) -> None:
    together = keyed(pl.Series(codes, dtype=pl.String), source="hillside", key=KEY)
    alone = [keyed(pl.Series([code], dtype=pl.String), source="hillside", key=KEY).item() for code in codes]
    assert together.to_list() == alone


def test_two_codes_that_share_their_bits_are_not_mixed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pseudonyms, "_hashed", lambda forms, *_: np.full(len(forms), 7, np.uint64))
    with pytest.raises(ValueError, match="hillside: two patient codes share") as error:
        keyed(pl.Series(["CANARY-1", "CANARY-2"]), source="hillside", key=KEY)
    assert "CANARY" not in str(error.value)
