"""What one run of a command cost."""

import os
import subprocess
import time
from pathlib import Path


class Measured:
    """One run of a command: CPU and wall in seconds, peak resident memory in MiB."""

    def __init__(self, words, environment, directory, ends=(0,)):
        # GNU time forks from little memory of its own, so the child's peak is the child's.
        peak = Path(directory, "peak")
        start = time.monotonic()
        process = subprocess.Popen(["/usr/bin/time", "-o", peak, "-f", "%M", *map(str, words)], env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)  # of time and its child together, to the microsecond
        self.wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in ends:
            raise SystemExit(f"{words[0]} failed with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = int(peak.read_text(encoding="ascii").split()[-1]) / 1024
