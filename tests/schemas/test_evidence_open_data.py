"""What we derived from the trials' open files is what the files give, worked out here by plain loops.

The files lie outside the repository; without them these tests are skipped.
"""

import csv
from pathlib import Path
from statistics import mean, stdev

import pytest

from schemas import evidence, vocabulary

DATA = Path(__file__).parents[3] / "shared" / "data"
VICKERS = DATA / "vickers-2004" / "raw_data.csv"
PRT = DATA / "prt-2022" / "Ashar2022_outcomes_demographics.csv"

pytestmark = pytest.mark.skipif(not VICKERS.is_file() or not PRT.is_file(), reason="../shared/data is not here")

STUDIES = evidence.load(evidence.packaged(), vocabulary.load())
Patients = list[dict[str, str]]


def lines(path: Path) -> Patients:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def vickers(arm: str) -> Patients:
    return [row for row in lines(VICKERS) if row["group"] == {"usual-care": "0", "acupuncture": "1"}[arm]]


def prt(arm: str, time: str) -> Patients:
    group = {"pain-reprocessing-therapy": "1", "placebo": "2", "usual-care": "3"}[arm]
    return [row for row in lines(PRT) if (row["group"], row["time"]) == (group, time)]


def scores(patients: Patients, column: str) -> list[float]:
    return [float(row[column]) for row in patients if row[column] not in ("", "NaN", "<undefined>")]


def assert_baselines(study: str, arm: str, found: dict[str, list[float]]) -> None:
    stored = {each.instrument: each for each in STUDIES[study].baselines if each.arm == arm}
    assert stored.keys() == found.keys()
    for instrument, values in found.items():
        printed = (str(stored[instrument].mean), str(stored[instrument].sd))
        assert printed == (f"{mean(values):.2f}", f"{stdev(values):.2f}")


@pytest.mark.parametrize("arm", ["acupuncture", "usual-care"])
def test_vickers_baselines_come_from_the_file(arm: str) -> None:
    found = {"headache-severity": scores(vickers(arm), "pk1"), "headache-days": scores(vickers(arm), "f1")}
    assert_baselines("vickers-2004", arm, found)


@pytest.mark.parametrize("arm", ["pain-reprocessing-therapy", "placebo", "usual-care"])
def test_prt_baselines_come_from_the_file(arm: str) -> None:
    found = {"nrs-pain": scores(prt(arm, "1"), "pain_avg"), "odi": scores(prt(arm, "1"), "odi")}
    assert_baselines("prt-2022", arm, found)


@pytest.mark.parametrize("arm", ["acupuncture", "usual-care"])
def test_vickers_responders_come_from_the_file(arm: str) -> None:
    known = [row for row in vickers(arm) if row["pk5"]]
    responders = sum(float(row["pk1"]) - float(row["pk5"]) >= 0.35 * float(row["pk1"]) - 1e-9 for row in known)
    stored = {each.analysis_set: each for each in STUDIES["vickers-2004"].results if each.arm == arm}
    assert (stored["completers"].responders, stored["completers"].n) == (responders, len(known))
    assert (stored["itt-nri"].responders, stored["itt-nri"].n) == (responders, len(vickers(arm)))


@pytest.mark.parametrize("arm", ["pain-reprocessing-therapy", "placebo", "usual-care"])
def test_prt_responders_come_from_the_file(arm: str) -> None:
    after = scores(prt(arm, "2"), "pain_avg")
    responders = sum(score <= 1 for score in after)
    stored = {each.analysis_set: each for each in STUDIES["prt-2022"].results if each.arm == arm}
    assert (stored["itt-nri"].responders, stored["itt-nri"].n) == (responders, len(prt(arm, "1")))
    assert (stored["completers"].responders, stored["completers"].n) == (responders, len(after))


def test_the_shortest_back_pain_of_prt_is_half_a_year() -> None:
    years = [scores(prt(arm.id, "1"), "backpain_length") for arm in STUDIES["prt-2022"].arms]
    assert min(min(each) for each in years) == 0.5
