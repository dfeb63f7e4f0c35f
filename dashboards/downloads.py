"""The rows behind each chart and table as a reader downloads them, with an interval beside every rate."""

from collections.abc import Sequence

from dashboards.benchmarks import Benchmark, Compared, Own
from dashboards.groups import heading_at
from dashboards.marts import Row
from dashboards.names import Names, arm_label, is_benchmark, why_no_verdict
from dashboards.slices import Cell, Column, Download, text
from dashboards.wording import DAGGER, printed, tenths, whole
from schemas.comparisons import SENSITIVITY_MARGINS


def _columns(*named: tuple[str, str, str]) -> tuple[Column, ...]:
    return tuple(Column(name, kind, label) for name, kind, label in named)


_WHO = (("clinic", "text", "Clinic or published arm"), ("kind", "text", "Clinic, published or context arm"))
_OBSERVED = (
    ("percent", "number", "Rate, percent"),
    ("percent_low", "number", "Lower 95% limit, percent"),
    ("percent_high", "number", "Upper 95% limit, percent"),
    ("bound_low", "number", "Rate if none of the missing had responded, percent"),
    ("bound_high", "number", "Rate if all of the missing had responded, percent"),
    ("patients", "number", "Patients with an outcome; clinics to the nearest 5"),
    ("missing", "number", "Patients due without an outcome, to the nearest 5"),
    ("denominator", "number", "Patients that the rate is of"),
    ("printed", "text", "Published figure as printed"),
)
#: How the missing are counted, by the name that studies' analysis sets go by here.
COUNTED = {"itt-nri": "missing as non-response"}
_STATE = (
    ("grade", "text", "Comparability, A to D; R refused"),
    ("status", "text", "How the comparison ended"),
    ("first_set", "text", "How the missing are counted in the rate"),
    ("words", "text", "Why there is no verdict"),
)
RATES = _columns(*_WHO, *_OBSERVED, *_STATE)
APART = _columns(_WHO[0], *_OBSERVED, *_STATE)
DIFFERENCES = _columns(
    _WHO[0],
    ("points", "number", "Observed minus published, percentage points"),
    ("points_low", "number", "Lower 95% limit, percentage points"),
    ("points_high", "number", "Upper 95% limit, percentage points"),
    ("points_low90", "number", "Lower 90% limit over both ways to count the missing"),
    ("points_high90", "number", "Upper 90% limit over both ways to count the missing"),
    ("margin", "number", "Margin fixed before the data, percentage points"),
    ("verdict", "text", "Verdict"),
    *(
        (column, "text", f"What a margin of {whole(share)} points would say; decides nothing")
        for column, share in SENSITIVITY_MARGINS.items()
    ),
)
ARMS = _columns(
    ("study", "text", "Study"),
    ("arm", "text", "Arm"),
    ("role", "text", "Part of the arm in its study"),
    ("rule", "text", "Responder rule"),
    ("time", "text", "Time of the outcome"),
    ("printed", "text", "Figure as printed"),
    ("patients", "number", "Patients that the percentage is of"),
    ("percent", "number", "Rate used, percent"),
    ("percent_low", "number", "Lower 95% limit, percent"),
    ("percent_high", "number", "Upper 95% limit, percent"),
    ("whole_number_check", "text", "Whether a whole number of patients gives the figure"),
    ("confidence", "text", "How sure we are of the figure"),
    ("carries_verdict", "text", "Whether a comparison may end in a verdict"),
    ("why_not", "text", "Why it may not"),
    ("doi", "text", "Digital object identifier"),
    ("locator", "text", "Where the figure stands"),
)
CONTRASTS = _columns(
    ("study", "text", "Study"),
    ("sides", "text", "What is compared"),
    ("outcome", "text", "Outcome"),
    ("time", "text", "Endpoint, else day"),
    ("printed", "text", "As printed"),
    ("effect", "number", "Effect: a share of patients, a ratio, a share of the score's range, or SD"),
    ("effect_low", "number", "Lower 95% limit"),
    ("effect_high", "number", "Upper 95% limit"),
    ("se", "number", "Standard error; of the logarithm for a ratio"),
    ("basis", "text", "What the interval was taken from"),
    ("patients", "number", "Patients in the contrast"),
    ("confidence", "text", "How sure we are of the figure"),
    ("standing", "text", "What may be done with it"),
    ("why_not", "text", "Why it is not pooled"),
    ("locator", "text", "Where the figure stands"),
)
CLAIMS = _columns(
    ("claim", "text", "Id of the claim"),
    ("wording", "text", "The claim in our words"),
    ("verdict", "text", "What became of it"),
    ("reason", "text", "Why"),
    ("source_has", "text", "What the source has"),
    ("study", "text", "Study it goes back to"),
    ("attributed_to", "text", "Source that the popular text names"),
    ("document", "text", "File name of the popular text"),
    ("line", "number", "Line of that text"),
    ("confidence", "text", "How sure we are of the verdict"),
    ("checked_in", "text", "What it was checked in"),
)
FILES = _columns(
    ("clinic", "text", "Clinic"),
    ("file", "text", "First 12 hex digits of the file's SHA-256"),
    ("state", "text", "What became of the file"),
    ("lines", "number", "Physical lines: the sum of the parts that are shown"),
    ("header", "number", "Header lines; empty: 1 to 7"),
    ("accepted", "number", "Lines accepted; empty: 1 to 7"),
    ("set_aside", "number", "Lines set aside; empty: 1 to 7"),
    ("blank", "number", "Blank lines; empty: 1 to 7"),
    ("adds_up", "text", "Whether the exact counts add up"),
    ("refusal", "text", "Rule by which the file was refused"),
    ("explanation", "text", "What was wrong and what to do next"),
    ("data_to", "text", "Last day that the file speaks for"),
)


def rates(found: Benchmark) -> Download:
    """The chart of rates: the published figure, its context arms, every clinic."""
    rows: list[list[Cell]] = []
    if found.drawn:
        rows = [
            _figure(found, found.figure, "published"),
            *(_figure(found, row, "context") for row in found.context),
        ]
    return Download(
        "one row per clinic or published arm", RATES, [*rows, *(_clinic(clinic) for clinic in found.clinics)]
    )


def differences(found: Benchmark) -> Download:
    """The chart of differences: every clinic whose rate may be subtracted."""
    return Download("one row per clinic", DIFFERENCES, [_difference(clinic) for clinic in found.subtracted])


def apart(found: Benchmark) -> Download:
    """The panel of clinics that may not stand beside the published figure."""
    rows = [_rated(clinic, clinic.own) for clinic in found.apart]
    return Download("one row per clinic", APART, [[row[0], *row[2:]] for row in rows])


def arms(figures: Sequence[Row], names: Names, dois: dict[str, str]) -> Download:
    """Every published response rate."""
    return Download("one row per published figure", ARMS, [_arm(row, names, dois) for row in figures])


def contrasts(listed: Sequence[Row], names: Names) -> Download:
    """Published contrasts of one scale against one comparator."""
    return Download("one row per contrast", CONTRASTS, [_contrast(row, names) for row in listed])


def claims(audited: Sequence[Row], names: Names) -> Download:
    """Every popular claim with its verdict."""
    return Download("one row per claim", CLAIMS, [_claim(row, names) for row in audited])


def files(deliveries: Sequence[Row], labels: dict[str, str]) -> Download:
    """Every received file with its lines."""
    rows: list[list[Cell]] = [
        [
            text(labels.get(row["source"], row["source"])),
            text(row["delivery"]),
            row["state"],
            *(row[part] for part in ("lines", "header", "accepted", "quarantined", "blank")),
            "yes" if row["balanced"] else "no",
            text(row["refusal"]),
            text(row["explanation"]),
            row["data_to"].isoformat() if row["data_to"] else "",
        ]
        for row in deliveries
    ]
    return Download("one row per received file", FILES, rows)


def _figure(found: Benchmark, row: Row, kind: str) -> list[Cell]:
    name = f"{found.study_label}: {arm_label(row, found.study_label)}"
    limits = [tenths(row[part]) for part in ("rate", "rate_low", "rate_high")]
    state = "verified" if row["carries_verdict"] else "unverified"
    return [
        name,
        kind,
        *limits,
        None,
        None,
        row["n"],
        None,
        row["n"],
        printed(row),
        "",
        state,
        COUNTED.get(row["analysis_set"], text(row["analysis_set"])),
        text(why_no_verdict(row)),
    ]


def _clinic(clinic: Compared) -> list[Cell]:
    return _rated(clinic, clinic.own if clinic.drawn else None)


def _rated(clinic: Compared, own: Own | None) -> list[Cell]:
    shares = (own.rate, own.low, own.high, own.bound_low, own.bound_high) if own else (None,) * 5
    return [
        clinic.label.removesuffix(DAGGER),
        "clinic",
        *(tenths(share) for share in shares),
        own.analysed if own else None,
        own.missing if own else None,
        own.denominator if own else None,
        "",
        clinic.row["grade"],
        clinic.group.heading,
        text(clinic.row["first_set"]),
        clinic.words,
    ]


def _difference(clinic: Compared) -> list[Cell]:
    parts = (
        "difference",
        "difference_low",
        "difference_high",
        "difference_low90",
        "difference_high90",
        "margin",
    )
    verdicts = [clinic.group.heading, *(heading_at(clinic.row, column) for column in SENSITIVITY_MARGINS)]
    return [clinic.label.removesuffix(DAGGER), *(tenths(clinic.row[part]) for part in parts), *verdicts]


def _arm(row: Row, names: Names, dois: dict[str, str]) -> list[Cell]:
    label = names.study(row["study"])
    return [
        label,
        arm_label(row, label),
        text(row["role"]),
        names.rule(row),
        names.endpoint(row["endpoint"]),
        printed(row),
        row["n"],
        *(tenths(row[part]) for part in ("rate", "rate_low", "rate_high")),
        row["grim"],
        text(row["confidence"]),
        "yes" if is_benchmark(row) else "no",
        text(why_no_verdict(row)),
        text(dois.get(row["study"], "")),
        text(row["locator"]),
    ]


def _contrast(row: Row, names: Names) -> list[Cell]:
    time = names.endpoint(row["endpoint"]) or (f"day {row['day']}" if row["day"] is not None else "")
    return [
        text(names.study(row["study"])),
        *(text(row[part]) for part in ("arms", "outcome")),
        time,
        text(row["printed"]),
        *(None if row[part] is None else round(row[part], 4) for part in ("effect", "effect_low", "effect_high", "se")),
        text(row["basis"]),
        row["n"],
        *(text(row[part]) for part in ("confidence", "standing", "why_not", "locator")),
    ]


def _claim(row: Row, names: Names) -> list[Cell]:
    return [
        *(text(row[part]) for part in ("claim", "wording", "verdict", "reason", "figure")),
        text(names.study(row["study"]) if row["study"] else ""),
        *(text(row[part]) for part in ("attributed_to", "document")),
        row["text_line"],
        *(text(row[part]) for part in ("confidence", "checked_in")),
    ]
