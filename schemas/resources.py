"""Where files that travel with the code are found: evidence, vocabulary, templates. Nothing is read here."""

from importlib.resources import files
from pathlib import Path


def folder(package: str, name: str) -> Path:
    """The folder `name` that belongs to `package`, in a checkout or inside an installed wheel.

    A wheel carries the folder within the package as `_name`; a checkout has it beside the packages.
    Raises `FileNotFoundError` naming both places where neither exists.
    """
    inside = Path(str(files(package))) / f"_{name}"
    beside = Path(str(files(package))).parent / name
    for place in (inside, beside):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"{name}: neither {inside} nor {beside} exists; reinstall verum")
