"""Importing a registry record: reads the file, drafts the study, writes it where nothing stands yet, tries to load it.

What a record means is the business of `transforms.registries`; nothing is fetched.
"""

from dataclasses import dataclass
from pathlib import Path

from orchestration.settings import ConfigurationError
from schemas import evidence, vocabulary
from schemas.evidence import EvidenceError
from transforms.registries.draft import drafted
from transforms.registries.record import opened
from transforms.registries.toml_text import toml_of


@dataclass(frozen=True)
class Imported:
    """What an import wrote: the file, how much is in it, what is left to fill in, and the loader's first refusal."""

    file: str
    arms: int
    figures: int
    to_fill_in: list[str]
    left_out: list[str]
    refusal: str

    @property
    def loads(self) -> bool:
        """Whether the draft is accepted as it stands."""
        return not self.refusal


def import_record(file: Path, folder: Path) -> Imported:
    """Drafts the study of a ClinicalTrials.gov record (API v2, JSON) as `<number>.toml` in a folder.

    Raises `NotImportable` for any other file, and `ConfigurationError` where the draft's file exists already: an
    import never overwrites.
    """
    words = vocabulary.load()
    draft = drafted(opened(file.read_bytes(), file.name), words)
    target = folder / f"{draft.id}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as opened_once:
            opened_once.write(toml_of(draft))
    except FileExistsError as error:
        raise ConfigurationError(
            f"{target.name}: a file of that name is in {folder.name or folder} already; an import never overwrites. "
            "Move it away, or import to another folder with --to."
        ) from error
    return Imported(
        file=str(target),
        arms=len(draft.arms),
        figures=len(draft.results) + len(draft.baselines),
        to_fill_in=draft.to_fill_in,
        left_out=draft.left_out,
        refusal=_refusal(target, words),
    )


def as_text(made: Imported) -> str:
    """The import for a person: where the draft is, and what is left to do."""
    said = [f"Drafted {made.file}: {made.arms} arm(s), {made.figures} figure(s), every one unverified."]
    said += ["Fill in:"] * bool(made.to_fill_in) + [f"  {each}" for each in made.to_fill_in]
    said += ["Left out:"] * bool(made.left_out) + [f"  {each}" for each in made.left_out]
    said.append(f"It does not load yet. {made.refusal}" if made.refusal else "It loads as it stands.")
    said.append("No person has checked it: hold each figure against the register and the publication.")
    return "\n".join(said)


def _refusal(path: Path, words: vocabulary.Vocabulary) -> str:
    try:
        evidence.read(path, words)
    except EvidenceError as error:
        return str(error)
    return ""
