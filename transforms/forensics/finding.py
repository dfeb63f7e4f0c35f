"""What a rule is and what it finds. The rules themselves live in the modules beside this one."""

from dataclasses import dataclass
from typing import Literal, get_args

#: `contradiction`: what is printed cannot all be right. `question`: it may be right, and needs an explanation that we
#: do not have. `gap`: nobody has looked yet.
Severity = Literal["contradiction", "question", "gap"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True)
class Rule:
    """One rule: its id, what must hold in one sentence, how much a breach weighs, and where the rule is from."""

    id: str
    sentence: str
    severity: Severity
    source: str


@dataclass(frozen=True)
class Finding:
    """One place where a rule does not hold: what was found, with its figures, and what would have been expected.

    `result` and `arm` are ids within the study, empty where the finding is about the study. `part` tells apart
    several findings of one rule in the same place. `severity` is the rule's, unless what we hold is itself not
    checked, which turns a contradiction into a question.
    """

    rule: Rule
    study: str
    found: str
    expected: str
    result: str = ""
    arm: str = ""
    part: str = ""
    unsure: bool = False

    @property
    def id(self) -> str:
        """The same from release to release: rule, study, and the place within the study."""
        place = self.result or self.arm
        return "/".join(each for each in (self.study, place, self.part, self.rule.id) if each)

    @property
    def severity(self) -> Severity:
        """How much it weighs; what rests on an unchecked number of ours is at most a question."""
        return "question" if self.unsure and self.rule.severity == "contradiction" else self.rule.severity
