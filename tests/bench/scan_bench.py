"""deltakeep, curl and pyvmomi on the same inventory, side by side. Started by tests/bench/run."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import deltakeep
from vcsim import Vcsim

PEER = Path(__file__).with_name("pyvmomi_scan.py")


class Measured:
    """One run of a command: CPU and wall in seconds, peak resident memory in MiB."""

    def __init__(self, words, environment, directory):
        # GNU time forks from little memory of its own, so the child's peak is the child's.
        peak = Path(directory, "peak")
        start = time.monotonic()
        process = subprocess.Popen(["/usr/bin/time", "-o", peak, "-f", "%M", *map(str, words)], env=environment,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)  # of time and its child together, to the microsecond
        self.wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{words[0]} failed with {process.returncode}: {said.decode(errors='replace')[-2000:]}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = int(peak.read_text(encoding="ascii").split()[-1]) / 1024


def median(runs):
    return {key: statistics.median(getattr(run, key) for run in runs) for key in ("cpu", "wall", "peak")}


def curl_config(recording, url, ca_file, directory):
    """One curl, one connection, the same requests in the same order; replies thrown away."""
    base, blocks = url.rsplit("/sdk", 1)[0], []
    for head in sorted(recording.glob("*.head")):
        method, uri, _, _ = head.read_text(encoding="utf-8").split("\n")[:4]
        lines = [f'url = "{base}{uri}"', f'cacert = "{ca_file}"', 'output = "/dev/null"', "silent", "show-error",
                 'header = "Content-Type: text/xml; charset=utf-8"', f'request = "{method}"']
        request = head.with_suffix(".request")
        if request.stat().st_size:
            lines.append(f'data-binary = "@{request}"')
        blocks.append("\n".join(lines))
    path = Path(directory, "curl.config")
    path.write_text("\nnext\n".join(blocks) + "\n", encoding="utf-8")
    return path


def measure(options):
    site = deltakeep.Site()
    scan = [deltakeep.BINARY, "--config", site.config, "--quiet", "scan"]
    results, facts = {}, {}
    with tempfile.TemporaryDirectory(prefix="deltakeep-bench-") as directory:
        recording = Path(directory, "recording")
        recording.mkdir()
        with Vcsim("--vms", options.vms, "--clusters", max(1, options.vms // 500), "--disks", 2, "--snapshots", "4-4",
                   "--page", 100, "--record", recording) as server:
            site.configure(server.keys())
            Measured(scan, site.environment, directory)  # this one makes the recording
            replies = sorted(recording.glob("*.reply"))
            facts = {"vms": options.vms, "requests": len(replies), "reply_bytes": sum(r.stat().st_size for r in replies)}
            keep = {path.name for path in recording.iterdir()}
            peer = [sys.executable, "-B", PEER, server.host, server.port, server.username, str(options.vms)]
            environment = {**site.environment, "PYTHONPATH": os.environ["PYTHONPATH"], "PEER_PASSWORD": server.password}
            if options.peer_runs:
                results["pyvmomi"] = median([Measured(peer, environment, directory) for _ in range(options.peer_runs)])
            for path in recording.iterdir():  # what the peer asked for is no part of the recording
                if path.name not in keep:
                    path.unlink()
            login = ["--user", server.username, "--password", server.password]  # as recorded
        with Vcsim("--replay", recording, *login) as server:
            site.configure(server.keys())
            config = curl_config(recording, server.url, server.ca_file, directory)
            runs = {"curl, same replies": [], "deltakeep, first scan": [], "deltakeep, scan again": []}
            for _ in range(options.runs):  # interleaved: whatever else the machine does hits all alike
                runs["curl, same replies"].append(Measured(["curl", "--config", config], site.environment, directory))
                for stale in site.path.glob("state.db*"):
                    stale.unlink()
                runs["deltakeep, first scan"].append(Measured(scan, site.environment, directory))
                runs["deltakeep, scan again"].append(Measured(scan, site.environment, directory))
            results.update({name: median(measured) for name, measured in runs.items()})
        seen = len(site.run("--json", "vms").document()["vms"])
        if seen != options.vms:  # a figure for half the work would be a lie
            raise SystemExit(f"deltakeep stored {seen} VMs, not {options.vms}")
        facts["state_bytes"] = site.state.stat().st_size
    site.close()
    return facts, results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vms", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--peer-runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    facts, results = measure(options)
    if options.json:
        print(json.dumps({"format": 1, **facts, "results": results}))
        return
    print(f"{facts['vms']} VMs, 4 snapshots and 1 to 2 disks each; {facts['requests']} requests, "
          f"{facts['reply_bytes'] / 2**20:.1f} MiB of replies, TLS, pages of 100")
    yardstick = results["curl, same replies"]["cpu"]
    print(f"{'':24}{'CPU s':>9}{'x curl':>9}{'wall s':>9}{'peak MiB':>10}")
    for name, row in sorted(results.items(), key=lambda item: item[1]["cpu"]):
        print(f"{name:24}{row['cpu']:9.3f}{row['cpu'] / yardstick:9.1f}{row['wall']:9.3f}{row['peak']:10.1f}")
    print(f"state file: {facts['state_bytes'] / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
