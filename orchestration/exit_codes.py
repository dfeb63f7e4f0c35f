"""How a verb of the command line ends, as a number (the design, section 7)."""

DONE = 0
NOTHING_NEW = 2
SOME_REFUSED = 3
BLOCKED = 4
USAGE = 64
BAD_INPUT = 65
OUR_BUG = 70
DISK = 74
ACTIVE = 75
CONFIGURATION = 78
