"""`verum calibrate`: simulated networks, one after the other, each in a home of its own that is thrown away.

The same networks, seed and scale give the same report.
"""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from orchestration.calibration import design, findings, homes, measures, stored
from orchestration.calibration.design import Scale
from orchestration.calibration.findings import Finding
from orchestration.calibration.measures import Tally
from orchestration.settings import ConfigurationError, Home

#: The seed and the number of networks where none is asked for; every network takes a minute or two.
SEED, NETWORKS = 20_261_122, 4
LARGEST_SEED = 2**31 - 1
SCALES = {scale.name: scale for scale in (design.SMALL, design.FULL)}


@dataclass(frozen=True)
class Calibrated:
    """A finished report: what was found, from how much."""

    networks: int
    seed: int
    patients: int
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that is prescribed is so."""
        return all(one.holds is not False for one in self.findings)

    def told(self) -> dict[str, Any]:
        """The report as plain values."""
        return asdict(self) | {"holds": self.holds}


def calibrate(
    networks: int = NETWORKS,
    seed: int = SEED,
    scale: Scale = design.FULL,
    tell: Callable[[str], None] = lambda _: None,
) -> Calibrated:
    """Simulates, judges and adds up; raises `ConfigurationError` where there is nothing to simulate."""
    if networks < 1 or not 0 <= seed <= LARGEST_SEED:
        raise ConfigurationError(
            f"calibrate: found {networks} networks and seed {seed}; expected 1 or more, and 0 to {LARGEST_SEED}"
        )
    whole, patients = Tally(), 0
    for place in range(networks):
        tell(f"simulating network {place + 1} of {networks}")
        whole.add(_network(scale, seed, place))
        patients += sum(one.size for one in [*design.beside_a_study(scale), *design.beside_each_other(scale)])
    return Calibrated(networks, seed, patients, tuple(findings.judged(whole)))


def _network(scale: Scale, seed: int, place: int) -> Tally:
    """One simulated network: its clinics beside a study, and its clinics beside each other."""
    tally = Tally()
    kinds = (
        (design.beside_a_study, measures.beside_a_study, True),
        (design.beside_each_other, measures.beside_each_other, False),
    )
    for number, (clinics, judge, study) in enumerate(kinds):
        chance = np.random.default_rng([seed, place, number])
        with tempfile.TemporaryDirectory() as folder:
            tally.add(judge(homes.walk(Path(folder), clinics(scale), scale, chance, study=study)))
    return tally


def report(home: Home, found: Calibrated) -> None:
    """Puts the report where the next release shows it."""
    home.prepare()
    rows = [asdict(one) for one in found.findings]
    stored.write(home, rows, networks=found.networks, seed=found.seed, patients=found.patients)
