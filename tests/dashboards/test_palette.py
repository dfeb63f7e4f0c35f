"""Colours and shapes: told apart without colour vision, in grey and on either ground; colour never speaks alone."""

from collections import defaultdict
from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt
from typing import Any

import pytest

from dashboards import site, theme
from dashboards.drawing import Chart
from dashboards.layout import release
from dashboards.marts import Marts

PALETTES = {"light": theme.LIGHT, "dark": theme.DARK}
#: Colours of marks: what is observed, what is published, what is worth a look.
HUES = ("observed", "published", "concern")
#: Linear red, green and blue as seen without one kind of cone: Machado, Oliveira and Fernandes 2009, severity 1.
SIGHTS = {
    "every cone": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
Three = tuple[float, float, float]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", PALETTES)
def test_d_09_colours_of_marks_differ_for_everybody(palette: str, sight: str) -> None:
    seen = {hue: lab(as_seen(linear(PALETTES[palette][hue]), sight)) for hue in HUES}
    assert min(apart(one, two) for one, two in combinations(seen.values(), 2)) >= 15


def test_d_09_two_colours_that_look_alike_would_be_noticed() -> None:
    green, red = linear("#2E7D32"), linear("#A0522D")
    assert apart(lab(green), lab(red)) > 15
    assert apart(lab(as_seen(green, "deuteranopia")), lab(as_seen(red, "deuteranopia"))) < 15


@pytest.mark.parametrize(
    ("one", "two", "distance"),
    [  # Sharma, Wu and Dalal 2005, table 1
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_of_colours_is_that_of_the_paper(one: Three, two: Three, distance: float) -> None:
    assert apart(one, two) == pytest.approx(distance, abs=5e-5)


def test_d_09_the_colour_of_a_mark_follows_from_its_shape(marts: Marts) -> None:
    told: dict[tuple[int, str, bool], set[str]] = defaultdict(set)
    for place, chart in enumerate(charts(marts)):
        for symbol, hollow, colour in marks(chart):
            told[place, symbol, hollow].add(colour)
    assert len(told) > 20
    assert {mark: colours for mark, colours in told.items() if len(colours) > 1} == {}


def charts(marts: Marts) -> list[Chart]:
    stands = release(marts, "made-up")
    return [chart for page in site._pages(marts, stands) for view in page.views for chart in view.charts.values()]


def marks(chart: Chart) -> list[tuple[str, bool, str]]:
    """Shape, whether it is hollow, and colour of each mark of a chart."""
    found = []
    for trace in chart.traces:
        if "markers" in trace.get("mode", ""):
            marker, number = trace["marker"], len(trace["x"])
            symbols, fills = each(marker.get("symbol", "circle"), number), each(marker["color"], number)
            edges = each(marker.get("line", {}).get("color", theme.LIGHT["background"]), number)
            for symbol, fill, edge in zip(symbols, fills, edges, strict=True):
                hollow = fill == theme.LIGHT["background"]
                found.append((symbol, hollow, edge if hollow else fill))
    return found


def each(value: Any, number: int) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value] * number


@pytest.mark.parametrize("ground", ["background", "panel"])
@pytest.mark.parametrize("palette", PALETTES)
def test_d_10_words_stand_out_from_their_ground_in_both_themes(palette: str, ground: str) -> None:
    colours = PALETTES[palette]
    assert all(contrast(colours[role], colours[ground]) >= 4.5 for role in ("text", "muted", "observed", "concern"))


@pytest.mark.parametrize("palette", PALETTES)
def test_d_03_marks_stand_out_from_their_ground_in_grey_too(palette: str) -> None:
    colours = PALETTES[palette]
    assert all(contrast(colours[hue], colours["background"]) >= 4.5 for hue in HUES)


def test_the_contrast_of_black_on_white_is_the_largest() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


# --- colours as numbers -------------------------------------------------------------------------------------------


def linear(colour: str) -> Three:
    """Linear red, green and blue, 0 to 1, of a colour in sRGB."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return red, green, blue


def contrast(one: str, two: str) -> float:
    """The contrast of two colours by WCAG 2.2, 1 to 21. It hangs on luminance alone, so it is the same in grey."""
    light, dark = sorted((luminance(linear(one)), luminance(linear(two))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(rgb: Three) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def as_seen(rgb: Three, sight: str) -> Three:
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, rgb, strict=True)))) for row in SIGHTS[sight]
    )
    return red, green, blue


def lab(rgb: Three) -> Three:
    """CIELAB under D65."""
    red, green, blue = rgb
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.072175 * blue
    z = (0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883
    fx, fy, fz = (part ** (1 / 3) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def apart(one: Three, two: Three) -> float:
    """The distance of two colours by CIEDE2000, after Sharma, Wu and Dalal 2005."""
    mean_chroma = (hypot(*one[1:]) + hypot(*two[1:])) / 2
    stretch = 1.5 - 0.5 * sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7))
    (chroma_1, hue_1), (chroma_2, hue_2) = (polar(stretch * a, b) for _, a, b in (one, two))
    turn = (hue_2 - hue_1 + 180) % 360 - 180 if chroma_1 * chroma_2 else 0.0
    light, chroma, hue = (one[0] + two[0]) / 2, (chroma_1 + chroma_2) / 2, hue_1 + turn / 2
    if not chroma_1 * chroma_2:
        hue = hue_1 + hue_2
    weight = (
        1 - 0.17 * cos(radians(hue - 30)) + 0.24 * cos(radians(2 * hue))
        + 0.32 * cos(radians(3 * hue + 6)) - 0.2 * cos(radians(4 * hue - 63))
    )  # fmt: skip
    by_light = (two[0] - one[0]) / (1 + 0.015 * (light - 50) ** 2 / sqrt(20 + (light - 50) ** 2))
    by_chroma = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    by_hue = 2 * sqrt(chroma_1 * chroma_2) * sin(radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    bend = 30 * exp(-((((hue % 360) - 275) / 25) ** 2))
    cross = -2 * sqrt(chroma**7 / (chroma**7 + 25**7)) * sin(radians(2 * bend))
    return sqrt(by_light**2 + by_chroma**2 + by_hue**2 + cross * by_chroma * by_hue)


def polar(a: float, b: float) -> tuple[float, float]:
    return hypot(a, b), degrees(atan2(b, a)) % 360
