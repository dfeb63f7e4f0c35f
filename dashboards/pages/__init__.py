"""One module per page: what it says, gathered for its template."""
