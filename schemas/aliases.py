"""What a clinic may be called in public: its folder, its contract and its pages go by this name."""

import re

ALIAS = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
