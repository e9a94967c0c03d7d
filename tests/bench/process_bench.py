#!/usr/bin/env python3
"""What the whole process costs: start to first complete scrape, CPU at 1 s beats
scraped with gzip every 5 s, PSS and private memory, for growing numbers of
containers. N/W: W of the N are at work, the others asleep. Up to 100 of them the same
for cAdvisor in the same run: the one on the PATH, or Debian 11's, which is fetched once
into build/trees.

    tests/bench/process_bench.py [BUILD_DIR [SECONDS [N|N/W ...]]]
"""
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../integration"))

from rig import cadvisor  # noqa: E402
from rig.program import Missing  # noqa: E402


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    """Of all threads, in seconds, by the scheduler's own nanoseconds."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        except FileNotFoundError:
            pass
    return total / 1e9


def memory(pid):
    """MiB of PSS and of private dirty pages."""
    fields = {}
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            parts = line.split()
            if len(parts) == 3 and parts[2] == "kB":
                fields[parts[0].rstrip(":")] = int(parts[1]) / 1024
    return fields["Pss"], fields["Private_Dirty"]


def scrape(port, gzip=True):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"} if gzip else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise OSError(answer.status)
    return body


def measure(name, label, command, port, wanted, seconds):
    with open(os.devnull, "w") as null:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=null, stderr=null)
    try:
        while True:
            if time.monotonic() - begin > 120:
                raise SystemExit(f"{name} never showed {wanted} containers")
            try:
                body = scrape(port, gzip=False)
                if body.count(b"\ncontainer_memory_usage_bytes{") >= wanted:
                    break
            except OSError:
                pass
            time.sleep(0.002)
        started = time.monotonic() - begin
        size = len(body)
        series = sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))
        time.sleep(12)  # past the first seconds, in which more is looked at
        scrape(port)
        cpu, begin = cpu_seconds(process.pid), time.monotonic()
        next_scrape = begin + 5
        while time.monotonic() - begin < seconds:
            time.sleep(max(0, next_scrape - time.monotonic()))
            scrape(port)
            next_scrape += 5
        percent = (cpu_seconds(process.pid) - cpu) / (time.monotonic() - begin) * 100
        pss, dirty = memory(process.pid)
        print(f"{name:10} {label:>8} {started * 1000:9.0f} {percent:8.3f} {pss:8.1f} {dirty:8.1f} {series:8} {size:10}",
              flush=True)
        return percent, pss
    finally:
        process.terminate()
        process.wait()


def find_cadvisor():
    try:
        return cadvisor.program()
    except Missing as reason:
        print(f"without cAdvisor: {reason}", file=sys.stderr)
        return None


def cadvisor_command(path, port, below):
    """Its best case: no engine to ask, and nothing to look at but the host and the cgroups below this one. It looks
    at each of them every second, as we do, also while nothing moves; all else is its default. Of raw cgroups it reads
    no network; we do."""
    return [path, f"-port={port}", "-listen_ip=127.0.0.1", "-housekeeping_interval=1s",
            "-allow_dynamic_housekeeping=false", "-docker=unix:///nonexistent", "-containerd=/nonexistent",
            "-docker_only", f"-raw_cgroup_prefix_whitelist={below}"]


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../build/release")
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    theirs_path = find_cadvisor()
    hosts = sys.argv[3:] or ["10", "100", "100/10", "100/100", "1000"]
    print(f"{'':10} {'N':>8} {'start ms':>9} {'% core':>8} {'PSS MiB':>8} {'dirty':>8} {'series':>8} {'bytes':>10}")
    for wanted in hosts:
        count, _, working = wanted.partition("/")
        count = int(count)
        history = tempfile.mkdtemp(prefix="plimsoll-bench-")
        host = subprocess.Popen([f"{build}/bench_host", str(count), working or "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            root = host.stdout.readline().decode().strip()
            if not root:
                sys.exit(host.wait())
            port = free_port()
            ours = measure("plimsoll", wanted, [f"{build}/plimsoll", f"--web.listen-address=127.0.0.1:{port}",
                                        "--collector.interval=1s", f"--path.rootfs={root}", "--log.level=error",
                                        f"--storage.path={history}/plimsoll.db"],
                           port, count, seconds)
            if theirs_path and count <= 100:
                port = free_port()
                theirs = measure("cadvisor", wanted, cadvisor_command(theirs_path, port, f"/plimsoll-bench-{host.pid}/"),
                                 port, count, seconds)
                print(f"ratio      {wanted:>8} {'':9} {theirs[0] / ours[0]:7.1f}x {theirs[1] / ours[1]:7.1f}x")
        finally:
            host.stdin.close()
            host.wait()
            shutil.rmtree(history)


if __name__ == "__main__":
    main()
