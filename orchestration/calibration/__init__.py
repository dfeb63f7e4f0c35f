"""Networks with a known truth, sent through the whole pipeline, and how often what comes out of it is right.

Nothing here is part of a release but its report; the truth is drawn and counted without any step of the pipeline.
"""
