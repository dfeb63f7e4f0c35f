"""What several verbs of the command line can be told. What a verb does is in its own module."""

import click

home = click.option("--home", "place", default=None, help="Folder of this Verum (default: VERUM_HOME, else ./home).")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
