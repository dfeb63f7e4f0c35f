"""Properties are judged by what they find, never by how long one example took."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None, max_examples=1500)
settings.load_profile("untimed")
