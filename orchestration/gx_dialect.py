"""How Great Expectations reads a release: a SQLAlchemy dialect that opens marts read-only and keeps every result.

Only `suites` uses it. Great Expectations hands a connection back before it reads the result; the connection then rolls
back, DuckDB forgets the result, and what comes out is empty without an error. So the rows are taken at once.
"""

import atexit
import sys
from typing import Any

from duckdb_sqlalchemy import Dialect, DuckDBExecutionContext
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

#: The name by which a connection string asks for this dialect.
DRIVER = "verum_marts"

#: Marts are read and nothing else: no writing, no other file, no extension from anywhere (PRIVACY, section 11).
SEALED = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "enable_external_access": "false",
}


class KeptResult(DuckDBExecutionContext):
    """One statement, whose rows are all in memory before the connection can be handed back."""

    def post_exec(self) -> None:
        """Takes the rows as soon as the statement has run."""
        super().post_exec()  # type: ignore[no-untyped-call]  # the dialect leaves it without types
        if self.cursor.description:
            rows = self.cursor.fetchall()
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(self.cursor, initial_buffer=rows)


class Marts(Dialect):
    """DuckDB, opened so that the file stays as it is."""

    supports_statement_cache = True
    execution_ctx_cls = KeptResult

    def connect(self, *places: Any, **options: Any) -> Any:
        """A connection that can only read, whatever `options` say."""
        return super().connect(*places, **options | {"read_only": True, "config": dict(SEALED)})


registry.register(DRIVER, __name__, Marts.__name__)


@atexit.register
def _let_go() -> None:
    """Drops the dialect's modules at the very end, for they hold DuckDB's types, and its bindings would list them all.

    What they print then, on the error stream, is about memory of a process that is gone.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "duckdb_sqlalchemy":
            vars(module).clear()
