"""A made-up network of clinics and the truth about it: who comes, what is exported, what is wrong with it.

Nothing here uses `transforms`: the truth is a second opinion that the pipeline is compared with.
"""
