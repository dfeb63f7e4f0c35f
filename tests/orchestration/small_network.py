"""Three tiny clinics, written as literal contracts and lines: quick to run, with every fate that a file can have."""

from pathlib import Path

ALDER = """\
clinic = "alder"
version = 1
label = "Alder Practice"
format = "delimited"
layout = "long"
condition = "chronic-low-back-pain"
treatment = "acupuncture"
covers = "everything"
data_cut = "2026-10-31"
synthetic = true
endpoints = ["6-months"]

[columns]
patient = "code"
start = "start"
date = "date"
instrument = "measure"
score = "value"

[codes.instrument]
pain = "cpgs-pain"
function = "ffbh-r"
"""

BIRCH = """\
clinic = "birch"
version = 1
label = "Birch Clinic"
format = "delimited"
layout = "visits"
condition = "chronic-low-back-pain"
treatment = "acupuncture"
covers = "everything"
data_cut = "2026-10-31"
synthetic = true
endpoints = ["3-months"]

[file]
delimiter = ";"
dates = "dmy"
missing = ["", "NA"]

[columns]
patient = "Nr"
date = "Datum"

[[measure]]
instrument = "nrs-pain"
column = "Schmerz"
"""

#: Two lines that are set aside: a pain of 700 on a scale that ends at 100, and a date that is none.
ALDER_FAULTS = "A-900,2025-01-10,2025-01-10,pain,700\nA-901,2025-01-10,2025-13-10,pain,60\n"

BIRCH_LINES = """\
Nr;Datum;Schmerz
B-1;03.03.2025;6
B-1;02.06.2025;2
B-2;03.03.2025;7
B-2;02.06.2025;6
B-3;04.03.2025;5
B-3;03.06.2025;NA
B-4;04.03.2025;8

B-5;17.03.2025;6
B-5;16.06.2025;3
"""


def alder_lines(better: int = 24, same: int = 16, lost: int = 8) -> str:
    """Patients who get better by half, stay as they were, or are not seen again."""
    lines = ["code,start,date,measure,value"]
    for place in range(better + same + lost):
        first, later = f"A-{place},2025-01-10,2025-01-08", f"A-{place},2025-01-10,2025-07-12"
        odd = place % 2  # nobody sends one score for everybody
        lines += [f"{first},pain,{70 + 2 * odd}", f"{first},function,{45 + odd}"]
        if place < better:
            lines += [f"{later},pain,{35 + odd}", f"{later},function,{60 + odd}"]
        elif place < better + same:
            lines += [f"{later},pain,68", f"{later},function,46"]
    return "\n".join(lines) + "\n"


def write_small_network(home: Path) -> None:
    """Writes landing files and contracts: two clinics that are read, and one that has no contract."""
    files = {
        "contracts/alder.toml": ALDER,
        "contracts/birch.toml": BIRCH,
        "landing/alder/alder-2026-10.csv": alder_lines() + ALDER_FAULTS,
        "landing/birch/export.csv": BIRCH_LINES,
        "landing/cedar/first.csv": "patient,score\n1,2\n",
    }
    for place, text in files.items():
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text(text, "utf-8")
