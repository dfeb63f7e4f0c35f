"""What waits among the lines of a delivery that were set aside, and how a person's word on them is given.

The log of what was decided is `line_decisions`; the next run acts on it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from orchestration import handover, journal, ledger, receipts
from orchestration.decisions import signed
from orchestration.ledger import Delivery
from orchestration.line_decisions import LineDecision, log
from orchestration.settings import ConfigurationError, Home
from transforms.sign_offs import RELEASABLE

#: What is to be done about lines that nobody can release here.
MEND = "mend the contract or the file"
ELSEWHERE = {"withdrawn": "verum patient restore takes it back"}


def decide(
    home: Home,
    name: str,
    decision: str,
    *,
    reason: str,
    lines: Sequence[int],
    by: str,
    why: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> LineDecision:
    """Enters a decision about lines and gives it; the next run acts on it.

    Raises `ConfigurationError` where the delivery has no such lines, or the reason is none that can be signed off.
    """
    delivery = ledger.called(home, name)
    said = signed(by, why, clock)
    _prove_known(home, delivery, reason, lines)
    if decision == "release" and reason not in RELEASABLE:
        raise ConfigurationError(
            f"--reason: found {reason!r}; expected one that leaves a record usable: {', '.join(RELEASABLE)}. Mend the "
            "contract and raise its version, or ask the clinic for a corrected file"
        )
    made = LineDecision(delivery.source, delivery.sha256, decision, reason, tuple(sorted(set(lines))), **said)
    journal.enter(home.decisions, [asdict(made)])
    return made


def _prove_known(home: Home, delivery: Delivery, reason: str, lines: Sequence[int]) -> None:
    """Raises `ConfigurationError` for lines that are not set aside for this reason, and were not spoken of before."""
    there = receipts.receipt_of(home.root, f"{delivery.source}/{delivery.sha256}").lines.filter(reason=reason)
    before = [one for one in log(home) if (one.sha256, one.reason) == (delivery.sha256, reason)]
    known = {*there["line"], *(line for one in before for line in one.lines)}
    strange = sorted(set(lines) - known)
    if (not known and not before) or (strange and not any(not one.lines for one in before)):
        raise ConfigurationError(
            f"{delivery.source}/{delivery.id}: found no line set aside for {reason!r}"
            f"{f' among {strange[:5]}' if strange else ''}; expected one of `verum quarantine list`"
        )


def listed(home: Home, name: str) -> list[dict[str, Any]]:
    """The lines of a delivery that are set aside, by reason: how many, the first, and what was said of them."""
    delivery = ledger.called(home, name)
    received: Sequence[Mapping[str, Any]] = handover.left(home, "sources").get("received", [])
    of_it = next((one for one in received if (one["source"], one["sha256"]) == (delivery.source, delivery.sha256)), {})
    said = [one for one in log(home) if (one.source, one.sha256) == (delivery.source, delivery.sha256)]
    reasons = dict.fromkeys([*of_it.get("reasons", {}), *(one.reason for one in said)])
    return [
        {
            "reason": reason,
            "lines": of_it.get("reasons", {}).get(reason, 0),
            "first_line": of_it.get("first_lines", {}).get(reason),
            "can_be_released": reason in RELEASABLE,
            "said": [
                {"decision": one.decision, "lines": list(one.lines), "on": one.at[:10]}
                for one in said
                if one.reason == reason
            ],
        }
        for reason in reasons
    ]


def as_text(found: Sequence[Mapping[str, Any]]) -> str:
    """The list for a terminal."""
    if not found:
        return "No line of this delivery is set aside."
    rows = [f"{'lines':>8}  {'first line':>10}  reason"]
    for one in found:
        how = "can be released" if one["can_be_released"] else ELSEWHERE.get(one["reason"], MEND)
        said = "".join(f"; {_said(each)}" for each in one["said"])
        rows.append(f"{one['lines']:>8,}  {one['first_line'] or '':>10}  {one['reason']} ({how}{said})")
    return "\n".join(rows)


def _said(each: Mapping[str, Any]) -> str:
    which = f"lines {', '.join(map(str, each['lines']))}" if each["lines"] else "all lines"
    return f"{each['decision']} on {each['on']}: {which}"
