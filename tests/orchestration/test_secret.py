"""The key: made once, kept outside the home, its owner's alone, and never another one than before."""

import base64
from pathlib import Path

import pytest

from orchestration.secret import KEY_BYTES, key_of
from orchestration.settings import ConfigurationError, Home
from transforms.pseudonyms import fingerprint


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.at(tmp_path / "home")
    made.prepare()
    return made


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the key is to be kept; nothing is there yet."""
    monkeypatch.setenv("VERUM_KEY_FILE", str(tmp_path / "keys" / "key"))
    return tmp_path / "keys" / "key"


def keep(place: Path, key: bytes, mode: int = 0o600) -> None:
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.write_bytes(key)
    place.chmod(mode)


def refusal(home: Home) -> str:
    with pytest.raises(ConfigurationError) as error:
        key_of(home)
    return str(error.value)


def written(home: Home) -> dict[str, bytes]:
    return {
        path.relative_to(home.root).as_posix(): path.read_bytes() for path in home.root.rglob("*") if path.is_file()
    }


# ---- a key is made -----------------------------------------------------------------------------------------


def test_the_first_run_makes_a_key_that_only_its_owner_can_read(home: Home, place: Path) -> None:
    key = key_of(home)
    assert len(key) == KEY_BYTES == 32
    assert place.read_bytes() == key
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.parent.stat().st_mode & 0o777 == 0o700


def test_the_next_run_has_the_same_key(home: Home, place: Path) -> None:
    assert key_of(home) == key_of(home)


def test_two_keys_are_never_the_same(home: Home, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = key_of(home)
    monkeypatch.setenv("VERUM_KEY_FILE", str(tmp_path / "other"))
    other = Home.at(tmp_path / "another-home")
    other.prepare()
    assert key_of(other) != first


def test_without_a_named_place_the_key_is_kept_in_the_users_configuration(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VERUM_KEY_FILE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert (tmp_path / "config" / "verum" / "key").exists() is False
    assert key_of(home) == (tmp_path / "config" / "verum" / "key").read_bytes()


def test_of_the_key_the_home_holds_eight_digits_and_no_more(home: Home, place: Path) -> None:
    key = key_of(home)
    found = b"".join(written(home).values())
    assert found == fingerprint(key).encode() + b"\n"
    assert not any(form in found for form in (key, key.hex().encode(), base64.b64encode(key)))


# ---- a key is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(
    home: Home, place: Path, mode: int
) -> None:
    keep(place, bytes(range(32)), mode)
    assert refusal(home).endswith(f"can be read by others; run: chmod 600 {place}")


@pytest.mark.parametrize("key", [b"", b"x", bytes(range(31)), bytes(range(33)), bytes(32)])
def test_a_key_that_is_short_long_or_nothing_but_zeros_is_refused(home: Home, place: Path, key: bytes) -> None:
    keep(place, key)
    assert "expected 32 random bytes" in refusal(home)


def test_a_key_inside_the_home_is_refused(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERUM_KEY_FILE", str(home.root / "deep" / "key"))
    assert "keep it elsewhere (VERUM_KEY_FILE)" in refusal(home)
    assert not (home.root / "deep").exists()


def test_another_key_than_the_one_before_is_refused_and_nothing_is_written(home: Home, place: Path) -> None:
    key_of(home)
    keep(place, bytes(range(32)))
    before = written(home)
    assert "its fingerprint differs" in refusal(home)
    assert written(home) == before


def test_a_lost_key_is_not_replaced_by_a_new_one(home: Home, place: Path) -> None:
    key_of(home)
    place.unlink()
    assert "restore it" in refusal(home)
    assert not place.exists()


def test_the_right_key_is_taken_again_once_it_is_back(home: Home, place: Path) -> None:
    key = key_of(home)
    keep(place, bytes(range(32)))
    refusal(home)
    keep(place, key)
    assert key_of(home) == key


@pytest.mark.parametrize("key", [bytes(range(31)), b"QX-CANARY-7719-QX-CANARY-7719-QX"])
def test_no_complaint_repeats_the_key(home: Home, place: Path, key: bytes) -> None:
    key_of(home)
    keep(place, key)
    said = refusal(home)
    assert not any(form in said for form in (repr(key), key.hex(), base64.b64encode(key).decode()))
    assert "CANARY" not in said
