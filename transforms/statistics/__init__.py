"""Statistics as pure functions of numbers; METHODS is the specification."""
