"""deltakeep, curl, pyvmomi and govmomi on the same inventory, side by side. Started by tests/bench/run."""

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
import replies
from measured import Measured

HERE = Path(__file__).parent
SIMULATOR, GOVMOMI = os.environ["VCENTER_SIM"], os.environ.get("GOVMOMI_SCAN", "")
RUNS = {1000: 15, 10000: 5, 50000: 3}  # by size, up to this many VMs: a median of fewer where one run takes long
PEER_RUNS = 3


class Simulator:
    """vcenter-sim in its own process: 4 snapshots and 2 disks a VM, its clock at rest."""

    def __init__(self, vms):
        start = time.monotonic()
        self._process = subprocess.Popen(
            [SIMULATOR, "--vms", str(vms), "--snapshots", "4", "--clusters", str(max(1, vms // 500)), "--speed", "0",
             "--stdin-exit", *os.environ.get("VCENTER_SIM_FLAGS", "").split()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self._process.stdout.readline().split()
        if not line:
            raise SystemExit(f"vcenter-sim did not start: exit {self._process.wait()}")
        self.started = time.monotonic() - start
        for pair in line:
            key, value = pair.split("=", 1)
            setattr(self, key, value)
        self.host, self.port = self.url.split("/")[2].rsplit(":", 1)

    def peak(self):
        """MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()


def curl_config(recording, server, zipped, directory):
    """One curl, one connection, the same requests in the same order; replies thrown away."""
    base, blocks = server.url.rsplit("/sdk", 1)[0], []
    for exchange in recording.exchanges:
        lines = [f'url = "{base}{exchange["path"]}"', f'cacert = "{server.ca_file}"', 'output = "/dev/null"', "silent",
                 "show-error", 'header = "Content-Type: text/xml; charset=utf-8"', f'request = "{exchange["verb"]}"']
        if exchange["request"].stat().st_size:
            lines.append(f'data-binary = "@{exchange["request"]}"')
        blocks.append("\n".join(lines + ["compressed"] * zipped))
    path = Path(directory, "curl.config")
    path.write_text("\nnext\n".join(blocks) + "\n", encoding="utf-8")
    return path


class Bench:
    def __init__(self, vms, options):
        self.vms, self.options, self.lines, self.missed = vms, options, [], 0
        self.runs = options.runs or RUNS[min((size for size in RUNS if size >= vms), default=max(RUNS))]

    def line(self, name, runs, unit, limit=None, least=False, of=1.0):
        """One line of the report: median, least and most of `runs` in parts of `of`, against a limit."""
        values = [value / of for value in runs]
        middle = statistics.median(values)
        met = limit is None or (middle >= limit if least else middle <= limit)
        self.missed += not met
        self.lines.append({"vms": self.vms, "name": name, "median": middle, "min": min(values), "max": max(values),
                           "runs": len(values), "unit": unit, "limit": limit, "least": least, "pass": met})

    def peer(self, name, words, server, ours):
        environment = {**os.environ, "PEER_PASSWORD": server.password}
        factor = {"pyvmomi": 25, "govmomi": 10}[name]
        with tempfile.TemporaryDirectory() as directory:
            runs = [Measured(words, environment, directory) for _ in range(PEER_RUNS)]
        self.line(f"{name}: CPU", [run.cpu for run in runs], "s")
        self.line(f"{name} / first scan", [run.cpu for run in runs], "x", factor, True,
                  statistics.median(run.cpu for run in ours))

    def interleaved(self, site, server, recording, directory):
        """Runs of curl and deltakeep in turn: whatever else the machine does hits all alike."""
        config = curl_config(recording, server, self.options.gzip, directory)
        scan = [deltakeep.BINARY, "--config", site.config, "--quiet", "scan"]
        status = [deltakeep.BINARY, "--config", site.config, "status"]
        runs = {"curl": [], "first": [], "again": [], "status": []}
        for _ in range(self.runs):
            runs["curl"].append(Measured(["curl", "--config", config], site.environment, directory))
            for stale in site.path.glob("state.db*"):
                stale.unlink()
            runs["first"].append(Measured(scan, site.environment, directory))
            runs["again"].append(Measured(scan, site.environment, directory))
            runs["status"].append(first_line(status, site.environment))
        return runs

    def measure(self):
        site = deltakeep.Site()
        with tempfile.TemporaryDirectory(prefix="deltakeep-bench-") as directory, Simulator(self.vms) as simulator:
            recording = replies.Recording(directory)
            self.line("vcenter-sim: ready after", [simulator.started], "s", 10 if self.vms == 10000 else None)
            with replies.Server(recording, directory, upstream=(simulator.host, int(simulator.port)),
                                keep_zipped=self.options.gzip) as server:
                site.configure(self.keys(server, simulator))
                Measured([deltakeep.BINARY, "--config", site.config, "--quiet", "scan"], site.environment, directory)
            self.line("vcenter-sim: peak memory", [simulator.peak()], "MiB", 1024 if self.vms == 10000 else None)
            served = recording.upstream_bytes / recording.upstream_seconds / 1e6
            self.line("vcenter-sim: served, VMs read whole", [served], "MB/s", 50, True)
            with replies.Server(recording, directory, zipped=self.options.gzip) as server:
                site.configure(self.keys(server, simulator))
                runs = self.interleaved(site, server, recording, directory)
                if server.unknown:  # a figure for half the work would be a lie
                    raise SystemExit(f"not in the recording: {server.unknown[0]}")
            self.report(site, recording, runs)
            self.peers(simulator, runs["first"])
        site.close()

    @staticmethod
    def keys(server, simulator):
        return {"url": server.url, "username": simulator.username, "password": simulator.password,
                "ca_file": server.ca_file}

    def report(self, site, recording, runs):
        seen = len(site.run("--json", "vms").document()["vms"])
        if seen != self.vms:
            raise SystemExit(f"deltakeep stored {seen} VMs, not {self.vms}")
        yardstick = statistics.median(run.cpu for run in runs["curl"])
        size = sum(exchange["size"] for exchange in recording.exchanges)
        self.line("replies" + " before gzip" * self.options.gzip, [size / 2**20], "MiB")
        self.line("curl, same replies: CPU", [run.cpu for run in runs["curl"]], "s")
        for key, name, limit in (("first", "first scan", 3.5), ("again", "scan again", 2.2)):
            self.line(f"{name}: CPU", [run.cpu for run in runs[key]], "s")
            self.line(f"{name}: wall", [run.wall for run in runs[key]], "s")
            self.line(f"{name} / curl", [run.cpu for run in runs[key]], "x", limit, of=yardstick)
            self.line(f"{name}: peak memory", [run.peak for run in runs[key]], "MiB", 48)
        self.line("status: first line after", runs["status"], "ms", 50, of=1e-3)
        self.line("state file", [site.state.stat().st_size / 2**20], "MiB")

    def peers(self, simulator, ours):
        if self.vms > self.options.peers_up_to:
            return
        paths = subprocess.run([sys.executable, "-B", HERE / "pyvmomi_scan.py", "--paths"], check=True, text=True,
                               stdout=subprocess.PIPE).stdout.split()
        self.peer("pyvmomi", [sys.executable, "-B", HERE / "pyvmomi_scan.py", simulator.host, simulator.port,
                              simulator.username, self.vms], simulator, ours)
        if GOVMOMI:
            self.peer("govmomi", [GOVMOMI, simulator.url, simulator.username, self.vms, *paths], simulator, ours)
        else:
            print("govmomi is left out: its peer could not be built", file=sys.stderr)


def first_line(words, environment):
    """Seconds from the start of the process to its first line."""
    start = time.monotonic()
    with subprocess.Popen(list(map(str, words)), env=environment, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        took = time.monotonic() - start
        process.stdout.read()
    if process.returncode or not line.strip():
        raise SystemExit(f"{words} failed with {process.returncode}")
    return took


def show(line):
    limit = "" if line["limit"] is None else f"{'>=' if line['least'] else '<='} {line['limit']:g}"
    verdict = "" if line["limit"] is None else "pass" if line["pass"] else "MISSED"
    spread = f"{line['min']:.3g}-{line['max']:.3g}" if line["runs"] > 1 else ""
    print(f"{line['vms']:>6}  {line['name']:36}{line['median']:>9.3g} {line['unit']:5}{spread:>16}  "
          f"{'of ' + str(line['runs']):>6}  {limit:8} {verdict}".rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vms", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--runs", type=int, default=0, help="of each size; 0: as README.md says")
    parser.add_argument("--peers-up-to", type=int, default=1000, help="VMs; pyvmomi takes long, 0 leaves peers out")
    parser.add_argument("--gzip", action="store_true", help="replies are compressed, for curl as well")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a limit is missed")
    options = parser.parse_args()
    missed, lines = 0, []
    if not options.json:
        print("   VMs  what                                   median             min-max    runs  limit")
    for vms in options.vms:
        bench = Bench(vms, options)
        bench.measure()
        missed += bench.missed
        lines += bench.lines
        if not options.json:
            for line in bench.lines:
                show(line)
    if options.json:
        print(json.dumps({"format": 1, "gzip": options.gzip, "missed": missed, "lines": lines}))
    else:
        print(f"{missed} MISSED" if missed else "all limits met")
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    sys.exit(main())
