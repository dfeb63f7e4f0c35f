"""Pages and figures of a release; reads its marts only."""
