"""Checks on what studies printed: pure rules, studies in, findings out. A finding is a fact, not a fault."""
