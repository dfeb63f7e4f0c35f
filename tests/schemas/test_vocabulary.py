"""The shared words: what is there, what they mean at their boundaries, and what a home may add."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import vocabulary
from schemas.vocabulary import Definition, Instrument, Rule, VocabularyError

WORDS = vocabulary.load()
SCALE = 'name = "New"\nconstruct = "pain"\nbetter = "lower"\ndecimals = 1\nconfidence = "checked"\n'


def home(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path, **files: str) -> str:
    with pytest.raises(VocabularyError) as caught:
        vocabulary.load(home(folder, **files))
    return str(caught.value)


def test_the_instruments_of_the_sample_network_are_usable() -> None:
    for name in ("nrs-pain", "vas-pain", "rmdq-24", "rmdq-23", "odi", "ffbh-r", "cpgs-pain", "peg"):
        assert WORDS.instruments[name].usable, name


@pytest.mark.parametrize("name", ["eq5d-5l", "pgic", "promis-pi", "promis-pf", "work-days-lost"])
def test_an_instrument_with_an_open_end_or_direction_is_not_usable(name: str) -> None:
    assert not WORDS.instruments[name].usable


def test_every_score_of_a_usable_instrument_fits_32_bits() -> None:
    for each in WORDS.instruments.values():
        if each.usable:
            assert max(abs(each.units(each.low or 0)), abs(each.units(each.high or 0))) < 2**31, each.id


@pytest.mark.parametrize(
    ("name", "family", "factor"),
    [
        ("rmdq-24", "rmdq", 1),
        ("rmdq-23", "rmdq", 24 / 23),
        ("nrs-pain", "pain-0-100", 10),
        ("vas-pain", "pain-0-100", 1),
        ("odi", "odi", 1),
    ],
)
def test_a_family_is_rescaled_to_its_reference(name: str, family: str, factor: float) -> None:
    assert (WORDS.instruments[name].family, WORDS.instruments[name].to_reference) == (family, factor)


def test_a_rescaled_end_meets_the_end_of_its_reference() -> None:
    for each in WORDS.instruments.values():
        reference = [other.high for other in WORDS.instruments.values() if other.family == each.family]
        if each.high is not None:
            assert each.high * each.to_reference == pytest.approx(max(filter(None, reference))), each.id


@pytest.mark.parametrize(("score", "units"), [(7, 70), (4.9, 49), (0, 0), (10, 100), (0.1 + 0.2, 3)])
def test_a_score_becomes_a_whole_number_of_its_finest_units(score: float, units: int) -> None:
    assert WORDS.instruments["nrs-pain"].units(score) == units


@given(st.integers(0, 6), st.integers(-(10**6), 10**6))
def test_a_score_of_stored_precision_loses_nothing(decimals: int, units: int) -> None:
    instrument = Instrument("x", "x", "pain", "lower", "checked", decimals)
    assert instrument.units(units / instrument.scale) == units


@pytest.mark.parametrize(
    ("name", "target", "low", "high"),
    [
        ("4-weeks", 28, 21, 41),
        ("8-weeks", 56, 42, 77),
        ("3-months", 91, 78, 136),
        ("6-months", 183, 137, 228),
        ("12-months", 365, 305, 456),
    ],
)
def test_an_endpoint_holds_its_ends_and_nothing_beyond(name: str, target: int, low: int, high: int) -> None:
    endpoint = WORDS.endpoints[name]
    assert (endpoint.target, endpoint.low, endpoint.high, endpoint.select) == (target, low, high, "nearest")
    assert [endpoint.holds(day) for day in (low - 1, low, target, high, high + 1)] == [
        False, True, True, True, False,
    ]  # fmt: skip


def test_no_day_belongs_to_two_endpoints() -> None:
    for day in range(500):
        assert sum(endpoint.holds(day) for endpoint in WORDS.endpoints.values()) <= 1, day


def test_a_row_becomes_one_definition_per_instrument() -> None:
    thirty = WORDS.definitions["rmdq-24-relative-30"]
    assert (thirty.family, thirty.combine) == ("relative-30", "one")
    assert thirty.rules == (Rule("relative", "rmdq-24", Decimal(30)),)
    assert thirty.label == "30% or more better on RMDQ-24"


@pytest.mark.parametrize(("name", "points"), [("nrs-pain", 2), ("vas-pain", 15), ("rmdq-24", 5), ("odi", 10)])
def test_the_minimal_important_change_is_each_instrument_s_own(name: str, points: int) -> None:
    definition = WORDS.definitions[f"{name}-minimal-important-change"]
    assert definition.rules == (Rule("absolute", name, Decimal(points)),)
    assert WORDS.instruments[name].mic_absolute == points


def test_gerac_is_a_composite_whose_wording_is_ambiguous() -> None:
    gerac = WORDS.definitions["gerac-response"]
    assert (gerac.combine, gerac.disqualifying_event, gerac.ambiguous) == ("or", True, True)
    assert gerac.rules == (
        Rule("relative", "cpgs-pain", Decimal(33)),
        Rule("absolute", "ffbh-r", Decimal(12)),
    )
    assert gerac.confidence == "checked"


READINGS = """
[[new.reading]]
id = "points"
means = "12 points"
kind = "absolute"
threshold = 12
instruments = ["ffbh-r"]

[[new.reading]]
id = "relative"
means = "12 percent"
kind = "relative"
threshold = 12
instruments = ["ffbh-r"]
"""


def test_a_row_with_readings_becomes_one_ambiguous_definition(tmp_path: Path) -> None:
    made = vocabulary.load(home(tmp_path, definitions=READINGS)).definitions["ffbh-r-new"]
    assert made.ambiguous
    assert [reading.means for reading in made.readings] == ["12 points", "12 percent"]
    assert made.rules == (Rule("absolute", "ffbh-r", Decimal(12)),)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (READINGS[READINGS.rindex("[[") :], "", "new.reading: found fewer than two"),
        (
            "[[new.reading]]",
            '[new]\nkind = "absolute"\n[[new.reading]]',
            "new.reading: found fewer than two, or a rule",
        ),
        ("[[new.reading]]", "[new]\nambiguous = true\n[[new.reading]]", "new.ambiguous: found an unknown key"),
        ('means = "12 percent"', "", "reading[2].means: found nothing"),
        ('id = "relative"', 'id = "Relative"', "reading[2].id: found the id 'Relative'"),
        ('["ffbh-r"]', '["ffbh-r", "odi"]', "reading[1]: found a rule for several instruments"),
        ("threshold = 12", "threshold = 101", "101 points"),
    ],
)
def test_readings_that_do_not_hold_together_are_refused(tmp_path: Path, old: str, new: str, found: str) -> None:
    assert found in refusal(tmp_path, definitions=READINGS.replace(old, new, 1))


def test_prt_counts_those_who_began_without_pain() -> None:
    free = WORDS.definitions["nrs-pain-pass-1"]
    assert (free.rules[0].kind, free.rules[0].threshold, free.non_evaluable) == ("pass", 1, "counted")


def test_the_definitions_recalled_from_memory_say_so() -> None:
    recalled = {each.id for each in WORDS.definitions.values() if each.confidence == "recalled"}
    assert recalled == {"ffbh-r-absolute-12", "rmdq-23-absolute-3"}


def test_every_definition_can_be_a_key_and_has_a_label_of_its_own() -> None:
    assert len(set(WORDS.definitions.values())) == len(WORDS.definitions)
    assert len({each.label for each in WORDS.definitions.values()}) == len(WORDS.definitions)


def test_no_definition_claims_to_have_been_reviewed() -> None:
    assert all(each.reviewed_on is None for each in WORDS.definitions.values())


def test_a_definition_needs_all_of_its_instruments() -> None:
    assert "gerac-response" not in {each.id for each in WORDS.definitions_for({"cpgs-pain"})}
    assert "gerac-response" in {each.id for each in WORDS.definitions_for({"cpgs-pain", "ffbh-r"})}
    assert WORDS.definitions_for(set()) == []


@given(st.sets(st.sampled_from(sorted(WORDS.instruments))), st.sets(st.sampled_from(sorted(WORDS.instruments))))
def test_collecting_more_never_takes_a_definition_away(some: set[str], more: set[str]) -> None:
    before, after = WORDS.definitions_for(some), WORDS.definitions_for(some | more)
    assert set(before) <= set(after)
    assert [each.id for each in after] == sorted(each.id for each in after)
    assert all(set(each.instruments) <= some | more for each in after)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("everyone", "everyone"),
        ("chronic-low-back-pain-6-months", "chronic low back pain, for 26 weeks or more"),
        (
            "chronic-low-back-pain-6-months-limited",
            "chronic low back pain, for 26 weeks or more, below 70 on FFbH-R at the start, aged 18 or more",
        ),
        (
            "chronic-low-back-pain-6-weeks-strong",
            "chronic low back pain, for 6 weeks or more, 50 or more on VAS pain at the start",
        ),
    ],
)
def test_a_population_s_label_is_made_from_its_limits(name: str, label: str) -> None:
    assert WORDS.populations[name].label == label


@pytest.mark.parametrize(
    ("limits", "label"),
    [
        ("age_from = 18\nage_to = 64", "everyone, aged 18 to 64"),
        ("age_to = 64", "everyone, aged 64 or less"),
        (
            'baseline_instrument = "peg"\nbaseline_at_least = 4\nbaseline_below = 8.5',
            "everyone, 4 or more and below 8.5 on PEG at the start",
        ),
    ],
)
def test_every_limit_has_words(tmp_path: Path, limits: str, label: str) -> None:
    own = vocabulary.load(home(tmp_path, populations=f"[new]\n{limits}\n"))
    assert own.populations["new"].label == label


def test_electro_acupuncture_is_a_variant_and_simulated_acupuncture_is_not() -> None:
    variants = {key for key, row in WORDS.treatments.items() if row.variant_of == "acupuncture"}
    assert variants == {"electro-acupuncture", "acupuncture-with-maintenance"}


def test_a_home_adds_rows_and_changes_the_fingerprint(tmp_path: Path) -> None:
    own = vocabulary.load(
        home(
            tmp_path,
            instruments=f"[new-scale]\n{SCALE}low = 0\nhigh = 20\n",
            definitions='[relative-30]\nkind = "relative"\nthreshold = 30\ninstruments = ["new-scale"]\n',
        )
    )
    assert own.definitions["new-scale-relative-30"].label == "30% or more better on New"
    assert own.instruments["new-scale"].family == "new-scale"
    assert own.definitions["rmdq-24-relative-30"] == WORDS.definitions["rmdq-24-relative-30"]
    assert own.fingerprint != WORDS.fingerprint


def test_a_home_without_a_vocabulary_has_the_packaged_one(tmp_path: Path) -> None:
    assert vocabulary.load(tmp_path / "nothing") == vocabulary.load() == WORDS
    assert re.fullmatch(r"[0-9a-f]{64}", WORDS.fingerprint)


def test_a_comment_alone_changes_the_fingerprint(tmp_path: Path) -> None:
    assert vocabulary.load(home(tmp_path, endpoints="# nothing\n")).fingerprint != WORDS.fingerprint


def test_an_id_may_be_defined_once(tmp_path: Path) -> None:
    text = '[4-weeks]\nlabel = "x"\ntarget = 28\nlow = 21\nhigh = 41\n'
    assert "endpoints.toml: 4-weeks: found the id '4-weeks' a second time" in refusal(tmp_path, endpoints=text)


def test_a_definition_may_be_made_once(tmp_path: Path) -> None:
    text = '[relative-30]\nkind = "relative"\nthreshold = 30\ninstruments = ["odi"]\n'
    assert "the id 'odi-relative-30' a second time" in refusal(tmp_path, definitions=text)


def test_a_family_keeps_its_rule(tmp_path: Path) -> None:
    text = '[relative-30]\nkind = "relative"\nthreshold = 40\ninstruments = ["ndi"]\n'
    assert "another rule under a name that is taken" in refusal(tmp_path, definitions=text)


def test_a_file_of_no_kind_is_refused(tmp_path: Path) -> None:
    assert "expected perhaps 'instruments'" in refusal(tmp_path, instrument="")


def test_a_label_may_not_be_typed(tmp_path: Path) -> None:
    text = '[new]\nkind = "absolute"\nthreshold = 3\ninstruments = ["ndi"]\nlabel = "great"\n'
    assert "new.label: found an unknown key" in refusal(tmp_path, definitions=text)


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("endpoints", 'low = 3', "low: found a value outside any row"),
        ("endpoints", '[5-weeks]\nlabel="x"\ntarget=35\nlow=36\nhigh=40', "0 < low <= target <= high"),
        ("endpoints", '[5-weeks]\nlabel="x"\ntarget=35\nlow=30\nhigh=34', "0 < low <= target <= high"),
        ("endpoints", '[5-weeks]\nlabel="x"\ntarget=0\nlow=0\nhigh=4', "0 < low <= target <= high"),
        ("endpoints", '[Five]\nlabel="x"', "the id 'Five'"),
        ("endpoints", '[5-weeks]\nlabel="x"\ntarget=35\nlow=30\nhigh=40\nselect="first"', "found 'first'"),
        ("endpoints", '[a]\n[a]', "TOML that cannot be read"),
        ("treatments", '[x]\nname="x"\nvariant_of="acupunture"', "expected perhaps 'acupuncture'"),
        ("treatments", '[x]\nname="x"\nvariant_of="x"', "treatment 'x', which is not defined"),
        ("conditions", '[x]\nname="x"\nmin_duration=3', "perhaps 'min_duration_weeks'"),
        ("populations", '[x]\ncondition="low-back-pane"', "expected perhaps 'low-back-pain'"),
        ("populations", '[x]\nage_from=50\nage_to=49', "an age below age_from"),
        ("populations", '[x]\nbaseline_below=3', "half of a baseline limit"),
        ("populations", '[x]\nbaseline_instrument="peg"', "half of a baseline limit"),
        ("populations", '[x]\nbaseline_instrument="peg"\nbaseline_below=10.5', "on peg; expected 0.0 to 10"),
        ("populations", '[x]\nbaseline_instrument="pgic"\nbaseline_below=3', "range or direction is open"),
        ("populations", '[x]\ncondition_name="x"', "condition_name: found an unknown key"),
        ("instruments", f"[x]\n{SCALE}low=5\nhigh=5", "an upper end that is not above the lower one"),
        ("instruments", f"[x]\n{SCALE.replace('1', '8')}low=0\nhigh=100", "decimals: found 8"),
        ("instruments", f"[x]\n{SCALE.replace('1', '-1')}low=0\nhigh=100", "decimals: found -1"),
        ("instruments", f"[x]\n{SCALE}to_reference='24:23'", "a text that is no fraction"),
        ("instruments", f"[x]\n{SCALE}to_reference='1/0'", "a text that is no fraction"),
        ("instruments", f"[x]\n{SCALE}to_reference=0", "a factor that is not positive"),
        ("instruments", '[x]\nname="x"', "x.construct: found nothing"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_hold_together_is_refused(tmp_path: Path, file: str, text: str, found: str) -> None:
    assert found in refusal(tmp_path, **{file: text})


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ('kind="absolute"\nthreshold=3\ninstruments=["rmdq"]', "instrument 'rmdq', which is not defined"),
        ('kind="absolute"\nthreshold=3\ninstruments=["promis-pi"]', "range or direction is open"),
        ('kind="absolute"\nthreshold=0\ninstruments=["ndi"]', "more than 0, at most 50"),
        ('kind="absolute"\nthreshold=50.1\ninstruments=["ndi"]', "more than 0, at most 50"),
        ('kind="absolute"\nthreshold=0.001\ninstruments=["ndi"]', "at most 2 decimals"),
        ('kind="relative"\nthreshold=0\ninstruments=["ndi"]', "0 percent; expected more than 0"),
        ('kind="relative"\nthreshold=30\ninstruments=["hit-6"]', "a scale that starts at 0"),
        ('kind="pass"\nthreshold=51\ninstruments=["ndi"]', "51 on ndi; expected 0.0 to 50"),
        ('kind="pass"\nthreshold=0.001\ninstruments=["ndi"]', "at most 2 decimals"),
        ('kind="percent"\nthreshold=3\ninstruments=["ndi"]', "kind: found 'percent'"),
        ('threshold=3\ninstruments=["ndi"]', "kind: found nothing"),
        ('kind="absolute"\nthreshold=3', "no instrument; expected one of instruments, thresholds, any, all"),
        ('kind="absolute"\nthreshold=3\ninstruments="ndi"', "no list, or no threshold"),
        ('kind="absolute"\ninstruments=["ndi"]', "no list, or no threshold"),
        ('kind="absolute"\nthreshold=3\nthresholds={ndi=3}', "or a threshold beside it"),
        ('kind="absolute"\nthresholds=["ndi"]', "no table"),
        ('kind="absolute"\nthresholds={ndi="3"}', "threshold: found a text; expected a number"),
        ('any=[{kind="absolute", instrument="ndi", threshold=3}]', "two or more"),
        ('kind="absolute"\nany=[{}, {}]', "two or more, each with its own kind"),
        ('any=[]\nall=[]', "any and all; expected one of"),
        ('any=[{kind="absolute", instrument="ndi", points=3}, {}]', "any[1].points: found an unknown key"),
    ],
)  # fmt: skip
def test_a_rule_that_its_instrument_cannot_bear_is_refused(tmp_path: Path, row: str, found: str) -> None:
    assert found in refusal(tmp_path, definitions=f"[new]\n{row}\n")


@pytest.mark.parametrize(
    "row",
    [
        'kind="absolute"\nthreshold=50\ninstruments=["ndi"]',
        'kind="absolute"\nthreshold=0.01\ninstruments=["ndi"]',
        'kind="pass"\nthreshold=50\ninstruments=["ndi"]',
        'kind="pass"\nthreshold=0\ninstruments=["ndi"]',
        'all=[{kind="pass", instrument="ndi", threshold=9}, {kind="pass", instrument="odi", threshold=9}]',
    ],
)
def test_a_rule_at_the_edge_of_its_scale_is_accepted(tmp_path: Path, row: str) -> None:
    own = vocabulary.load(home(tmp_path, definitions=f"[new]\n{row}\n"))
    assert any(isinstance(each, Definition) and each.family == "new" for each in own.definitions.values())
