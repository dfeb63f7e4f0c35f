"""What a run says of itself: what it received, computed and published, or which checks stopped it."""

from dataclasses import dataclass, field


class BlockedByChecks(Exception):
    """A blocking check failed: nothing was published (exit 4)."""


@dataclass
class Report:
    """What a run did, for people and for `--json`."""

    received: int = 0
    again: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unreadable: bool = False
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    held: list[tuple[str, str, str]] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    lines: int = 0
    quarantined: int = 0
    release: str = ""
    published: bool = False
    index: str = ""
    looked_only: bool = False
    mended: list[str] = field(default_factory=list)
