"""What makes a patient a responder: rules on one instrument each, and the words generated from them.

Nothing here reads a score; transforms compile a `Definition` to expressions. METHODS sections 6.1 and 6.2.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

Better = Literal["lower", "higher", "depends"]
Confidence = Literal["checked", "recalled"]


@dataclass(frozen=True)
class Rule:
    """One condition on one instrument; a score exactly at the threshold meets it.

    `relative`: improved by at least `threshold` percent of the baseline. `absolute`: improved by at least
    `threshold` points. `pass`: ended at `threshold` or on the better side of it.
    """

    kind: Literal["relative", "absolute", "pass"]
    instrument: str
    threshold: Decimal
    name: str = field(default="", compare=False)
    better: Better = field(default="depends", compare=False)

    @property
    def label(self) -> str:
        """The rule in a few words, fit to stand inside a sentence."""
        return f"{self._amount} on {self.name or self.instrument}"

    @property
    def sentence(self) -> str:
        """The rule as a full clause that says which way is better."""
        name, number, better = self.name or self.instrument, _plain(self.threshold), self._direction
        return {
            "relative": f"{name}{better} improved by {number}% of its baseline or more",
            "absolute": f"{name}{better} improved by {_points(self.threshold)} or more",
            "pass": f"{name}{better} ended at {number} or better",
        }[self.kind]

    @property
    def not_evaluable(self) -> str:
        """Which baselines leave nothing to judge (METHODS section 6.2)."""
        name = self.name or self.instrument
        return {
            "relative": f"a baseline of zero on {name}",
            "absolute": f"less than {_points(self.threshold)} left to improve on {name}",
            "pass": f"a baseline already at {_plain(self.threshold)} or better on {name}",
        }[self.kind]

    @property
    def _amount(self) -> str:
        number = _plain(self.threshold)
        if self.kind == "pass":
            return f"{number} or {self.better if self.better != 'depends' else 'better'}"
        return f"{number}% or more better" if self.kind == "relative" else f"{_points(self.threshold)} or more better"

    @property
    def _direction(self) -> str:
        return "" if self.better == "depends" else f" ({self.better} is better)"


@dataclass(frozen=True)
class Reading:
    """One way to read a published definition: what its doubtful words are taken to mean, and the rules that follow."""

    id: str
    means: str
    combine: Literal["one", "or", "and"]
    rules: tuple[Rule, ...]

    @property
    def label(self) -> str:
        """The rules of this reading in a few words."""
        return _joined(self.combine, self.rules)


@dataclass(frozen=True)
class Definition:
    """A responder definition: one rule, or several joined by `or` or `and`.

    `family` groups the same rule on different instruments. `disqualifying_event` makes a patient with such
    an event a non-responder. `non_evaluable` says what happens to a patient whose baseline leaves nothing to
    judge. `ambiguous`: the published wording allows several `readings`, the first of which gives the rules; its text
    may be checked all the same.
    """

    id: str
    family: str
    combine: Literal["one", "or", "and"]
    rules: tuple[Rule, ...]
    disqualifying_event: bool = False
    non_evaluable: Literal["excluded", "counted"] = "excluded"
    ambiguous: bool = False
    source: str = ""
    reviewed_on: date | None = None
    note: str = ""
    confidence: Confidence = "checked"
    readings: tuple[Reading, ...] = ()

    def read_as(self, reading: str) -> "Definition":
        """The definition under one of its readings, without ambiguity; `KeyError` where it has none of that id."""
        one = {each.id: each for each in self.readings}[reading]
        return replace(
            self, id=f"{self.id}-{one.id}", combine=one.combine, rules=one.rules, ambiguous=False, readings=()
        )

    @property
    def instruments(self) -> tuple[str, ...]:
        """The ids of the instruments that it needs, each once, in the order of its rules."""
        return tuple(dict.fromkeys(rule.instrument for rule in self.rules))

    @property
    def relative_threshold(self) -> Decimal | None:
        """The percent of the baseline that it asks for, where that is all it asks; else none."""
        alone = self.combine == "one" and self.rules[0].kind == "relative" and not self.disqualifying_event
        return self.rules[0].threshold if alone else None

    @property
    def label(self) -> str:
        """A short text for a chart or a table, generated from the rules."""
        joined = _joined(self.combine, self.rules)
        return f"{joined}, without a disqualifying event" if self.disqualifying_event else joined

    @property
    def sentence(self) -> str:
        """The whole definition in words, generated from the rules."""
        conditions = f", {self.combine} whose ".join(rule.sentence for rule in self.rules)
        said = [f"A responder is a patient whose {conditions}."]
        if self.disqualifying_event:
            said.append("A patient with a disqualifying event is a non-responder whatever the scores say.")
        fate = "left out and counted apart" if self.non_evaluable == "excluded" else "counted like everyone else"
        said.append(f"Patients with {self._not_evaluable} are {fate}.")
        if self.ambiguous:
            said.append("The published wording can be read in more than one way; this is one reading.")
        return " ".join(said)

    @property
    def _not_evaluable(self) -> str:
        # With `or`, one rule that can be judged is enough; with `and`, one that cannot spoils the whole.
        joint = " and " if self.combine == "or" else " or "
        return joint.join(rule.not_evaluable for rule in self.rules)


def _joined(combine: str, rules: tuple[Rule, ...]) -> str:
    return f", {combine} ".join(rule.label for rule in rules)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _points(number: Decimal) -> str:
    return f"{_plain(number)} {'point' if number == 1 else 'points'}"
