"""What holds for every test: properties are not timed, and where CI is set they are tried with fixed examples."""

import os

from hypothesis import settings

settings.register_profile("verum", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("verum")
