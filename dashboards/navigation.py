"""Every page by group, and the one question that each answers. What a page says is in `pages`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One page of the site: its address from the root, its name in lists, the question that it answers."""

    address: str
    name: str
    question: str


RESULTS = (
    Place("index.html", "Overview", "Is anything different from what the evidence says, and can this be trusted?"),
    Place("benchmark.html", "Benchmark", "How does each clinic compare with a named published figure?"),
    Place("variation.html", "Variation", "Does a clinic differ from its peers by more than chance?"),
    Place("improvement.html", "Improvement", "How far did patients change, whichever threshold a rule picks?"),
    Place("trends.html", "Trends", "Is it changing, or is that chance?"),
    Place("casemix.html", "Case mix", "Are a clinic's patients like those of its network, and like the study's?"),
    Place("followup.html", "Follow-up", "Who is missing, and where on the way were they lost?"),
    Place("rules.html", "Rules", "Would another rule, or another way to count the missing, change the answer?"),
    Place("clinics.html", "Clinics", "Where is everything that is known of one clinic?"),
)
EVIDENCE = (
    Place("evidence.html", "Evidence", "What is published, and how far can each figure be trusted?"),
    Place("context.html", "Effect", "What do randomised trials say the treatment itself adds?"),
    Place("claims.html", "Claims", "Which popular claims does a source bear out?"),
)
DATA = (
    Place("files.html", "Files", "What became of every line of every file?"),
    Place("quality.html", "Quality", "What kinds of fault were looked for, and which were found?"),
    Place("checks.html", "Checks", "Which checks ran, by which rule, and which did not pass?"),
    Place("runs.html", "Runs", "How was this release made, from what, and in which order?"),
    Place("changes.html", "Changes", "What differs from the release before, and why?"),
)
ABOUT = (
    Place("methods.html", "Methods", "By which rules was every number made?"),
    Place("calibration.html", "Calibration", "How often are intervals, verdicts and flags right?"),
    Place("privacy.html", "Privacy", "What is hidden to protect patients, and by which rule?"),
    Place("downloads.html", "Downloads", "Where are the tables behind these pages?"),
    Place("accessibility.html", "Accessibility", "Can everybody read and use these pages, and where not?"),
)
GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("Results", RESULTS), ("Evidence", EVIDENCE), ("Data", DATA), ("About", ABOUT),
)  # fmt: skip
#: Folders of pages of one kind: the page that lists them, and the question that each of them answers.
FOLDERS = {
    "clinics": ("clinics.html", "How does this clinic do, who is missing, and what became of its files?"),
    "receipts": ("clinics.html", "From what was each number of this clinic counted, and how can it be counted again?"),
    "tables": ("downloads.html", "What does each column of this table hold?"),
    "evidence": ("evidence.html", "What does this study report, and what do our checks say of it?"),
}
_PLACES = {place.address: place for _, places in GROUPS for place in places}
# A list of outcomes stands for the pages of its outcomes, which answer its question one by one.
FOLDERS |= {place.address.removesuffix(".html"): (place.address, place.question) for place in RESULTS[1:-1]}


def question(path: str) -> str:
    """The question that the page at `path` answers."""
    folder = path.partition("/")[0]
    return FOLDERS[folder][1] if "/" in path else _PLACES[path].question


def listing(path: str) -> str:
    """The address of the page in the lists that stands for `path`: itself, or the list that it belongs to."""
    return FOLDERS[path.partition("/")[0]][0] if "/" in path else path


def group(path: str) -> str:
    """The name of the group that the page at `path` belongs to."""
    return next(name for name, places in GROUPS if any(place.address == listing(path) for place in places))
