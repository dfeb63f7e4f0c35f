"""Colours, type and marker shapes, each with one fixed meaning. No figure and no page is made here."""

from collections.abc import Mapping
from types import MappingProxyType

#: Role to colour. Contrast and distance under simulated colour blindness were measured for both sets.
LIGHT: Mapping[str, str] = MappingProxyType(
    {
        "background": "#FFFFFF",
        "panel": "#F5F6F8",
        "text": "#1B1F24",
        "muted": "#57606A",
        "observed": "#12436D",
        "published": "#5B5F66",
        "concern": "#B4460F",
        "grid": "#D8DDE3",
    }
)
DARK: Mapping[str, str] = MappingProxyType(
    {
        "background": "#11151A",
        "panel": "#1A2027",
        "text": "#E8ECF1",
        "muted": "#A3ADB8",
        "observed": "#7DB7F0",
        "published": "#B9C0C8",
        "concern": "#FF9A5C",
        "grid": "#333C46",
    }
)

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif'
AXIS_SIZE = 13
TITLE_SIZE = 19
SUBTITLE_SIZE = 14

MARKER = 11
LINE = 2
BAND_OPACITY = 0.16
#: An axis that is read and not moved. Its labels have the room that they need, so no browser must measure each of them.
READ_AXIS: Mapping[str, object] = MappingProxyType({"fixedrange": True, "ticklabeloverflow": "allow"})

#: Shape of a published arm by its role, so that arms are told apart without colour.
SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "active": "diamond",
        "observational": "diamond-tall",
        "mixed": "diamond-wide",
        "sham": "triangle-down",
        "placebo": "triangle-down",
        "usual-care": "square",
        "guideline-care": "square",
        "waiting-list": "x",
    }
)
OBSERVED_SYMBOL = "circle"
POOLED_SYMBOL = "hexagon"


def symbol(role: str) -> str:
    """The marker shape of a published arm by its role."""
    return SYMBOLS.get(role, "diamond")


def dark_by_light() -> dict[str, str]:
    """For every light colour the dark one of the same role, for the browser to swap."""
    return {LIGHT[role]: DARK[role] for role in sorted(LIGHT)}


def stylesheet() -> str:
    """Both palettes as CSS custom properties: by the system's wish, or by the reader's."""
    light = f"color-scheme: light; {_properties(LIGHT)}"
    dark = f"color-scheme: dark; {_properties(DARK)}"
    system, own = ':root:not([data-theme="light"])', ':root[data-theme="dark"]'
    return (
        f":root {{ {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ {system} {{ {dark} }} }}\n"
        f"{own} {{ {dark} }}\n"
        f"@media print {{ :root, {system}, {own} {{ {light} }} }}\n"
    )


def _properties(palette: Mapping[str, str]) -> str:
    return " ".join(f"--{role}: {palette[role]};" for role in sorted(palette))
