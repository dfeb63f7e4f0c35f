"""One run of the pipeline as Dagster's job, in this process: `python -m benchmarks.dagster_run HOME`."""

import os
import sys
import tempfile

from orchestration.exit_codes import leave
from orchestration.garbage import seldom_collected


def main() -> None:
    """Runs everything once on the named home, with a history that is forgotten; ends with 1 if a step failed."""
    place = sys.argv[1]
    with tempfile.TemporaryDirectory() as history, seldom_collected():
        os.environ |= {"DAGSTER_HOME": history, "VERUM_HOME": place}
        import dagster as dg  # noqa: PLC0415 - it reads its home from the environment

        from orchestration.definitions import defs  # noqa: PLC0415

        job = defs.resolve_job_def("everything")
        with dg.DagsterInstance.ephemeral() as instance:
            ended = job.execute_in_process(instance=instance, raise_on_error=False)
    leave(0 if ended.success else 1)


if __name__ == "__main__":
    main()
