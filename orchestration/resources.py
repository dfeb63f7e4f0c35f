"""What Dagster's assets are given: the home that they work in."""

import dagster as dg

from orchestration.settings import Home


class HomeResource(dg.ConfigurableResource[Home]):
    """The home of this Verum; its folder, else `VERUM_HOME`, else `./home`."""

    root: str = ""

    def place(self) -> Home:
        """The home with its folders made: a newcomer has nothing to register first."""
        home = Home.at(self.root or None)
        home.prepare()
        return home
