#!/usr/bin/env python3
"""What a fleet costs a Prometheus, on a small scale: HOSTS Plimsolls on as many ports, all of which see the same N bench
containers, scraped by one real Prometheus. Prints what is measured; deploy/README.md computes from it.

    tests/bench/fleet_bench.py [BUILD_DIR [HOSTS [N [SECONDS [INTERVAL]]]]]
"""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from process_bench import cpu_seconds, free_port, memory, scrape

WORKING = 10  # of a hundred containers, one in ten is at work
# What else runs on this machine is no part of the hosts that are measured.
FOLDER = tempfile.TemporaryDirectory(prefix="plimsoll-fleet-")
CONFIG = {"collector": {"include": ["bench-*"]}}


class Containers:
    def __init__(self, build, count):
        self.host = subprocess.Popen([f"{build}/bench_host", str(count), str(count * WORKING // 100)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.root = self.host.stdout.readline().decode().strip()
        if not self.root:
            sys.exit("bench_host cannot make containers")

    def close(self):
        self.host.stdin.close()
        self.host.wait()


def config_file():
    path = os.path.join(FOLDER.name, "plimsoll.yaml")
    with open(path, "w") as file:
        json.dump(CONFIG, file)  # YAML reads it
    return path


def start_plimsoll(build, root, interval):
    port = free_port()
    with open(os.devnull, "w") as null:
        process = subprocess.Popen([f"{build}/plimsoll", f"--config.file={config_file()}", f"--web.listen-address=127.0.0.1:{port}", "--storage.path=:memory:",
                                    f"--collector.interval={interval}s", f"--path.rootfs={root}"], stdout=null, stderr=null)
    return process, port


def body_of(port, wanted):
    """Plain text of a scrape that has all containers, and its length by gzip as sent."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            body = scrape(port, gzip=False)
            if body.count(b"\ncontainer_memory_usage_bytes{") >= wanted:
                return body, len(scrape(port))
        except OSError:
            pass
        time.sleep(0.1)
    sys.exit(f"{wanted} containers are never shown")


def series(body):
    return sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))


def ask(port, expression):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query?query={urllib.parse.quote(expression)}", timeout=20) as answer:
        return sum(float(one["value"][1]) for one in json.load(answer)["data"]["result"])


def size_of(path):
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def single(build, counts):
    """Size of one host's answer by its number of containers."""
    found = {}
    for count in counts:
        containers = Containers(build, count)
        process, port = start_plimsoll(build, containers.root, 1)
        try:
            body_of(port, count)
            time.sleep(5)
            body, packed = body_of(port, count)
            found[count] = (series(body), len(body), packed)
            print(f"one host, {count:4} containers: {found[count][0]:6} series, {len(body):8} bytes plain, {packed:7} gzip "
                  f"(level 1, as sent), {len(gzip.compress(body, 6)):7} gzip level 6", flush=True)
        finally:
            process.terminate()
            process.wait()
            containers.close()
    (low, few), (high, many) = sorted(found.items())[0], sorted(found.items())[-1]
    each = [(b - a) / (high - low) for a, b in zip(few, many)]
    print(f"each container more: {each[0]:.1f} series, {each[1]:.0f} bytes plain, {each[2]:.0f} gzip; "
          f"a host of none: {few[0] - low * each[0]:.0f} series", flush=True)


def fleet(build, hosts, count, seconds, interval):
    containers = Containers(build, count)
    folder = tempfile.mkdtemp(prefix="plimsoll-fleet-")
    started = []
    try:
        ports = []
        for _ in range(hosts):
            process, port = start_plimsoll(build, containers.root, interval)
            started.append(process)
            ports.append(port)
        for port in ports:
            body_of(port, count)
        own = free_port()
        with open(folder + "/prometheus.yml", "w") as file:
            file.write(f"global: {{scrape_interval: {interval}s, scrape_timeout: {interval}s}}\nscrape_configs:\n"
                       f"- job_name: plimsoll\n  static_configs: [{{targets: {json.dumps([f'127.0.0.1:{p}' for p in ports])}}}]\n"
                       f"- job_name: itself\n  static_configs: [{{targets: ['127.0.0.1:{own}']}}]\n")
        prometheus = subprocess.Popen(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                                       "--web.enable-admin-api", f"--web.listen-address=127.0.0.1:{own}"],
                                      stdout=subprocess.DEVNULL, stderr=open(folder + "/log", "w"))
        started.append(prometheus)
        time.sleep(4 * interval)  # the first scrapes make the series, which costs more
        cpu, ours = cpu_seconds(prometheus.pid), sum(cpu_seconds(p.pid) for p in started[:-1])
        samples, begin = ask(own, "prometheus_tsdb_head_samples_appended_total"), time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - begin
        cpu, ours = cpu_seconds(prometheus.pid) - cpu, sum(cpu_seconds(p.pid) for p in started[:-1]) - ours
        samples = ask(own, "prometheus_tsdb_head_samples_appended_total") - samples
        head = ask(own, "prometheus_tsdb_head_series")
        resident = ask(own, "process_resident_memory_bytes")
        duration = ask(own, 'sum(scrape_duration_seconds{job="plimsoll"})') / hosts
        up = ask(own, 'sum(up{job="plimsoll"})')
        request = urllib.request.Request(f"http://127.0.0.1:{own}/api/v1/admin/tsdb/snapshot", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            snapshot = f"{folder}/data/snapshots/{json.load(answer)['data']['name']}"
        (block,) = [name for name in os.listdir(snapshot) if os.path.exists(f"{snapshot}/{name}/meta.json")]
        with open(f"{snapshot}/{block}/meta.json") as file:
            stats = json.load(file)["stats"]
        scrapes = took / interval * hosts
        print(f"{hosts} hosts of {count} containers, every {interval} s for {took:.0f} s: {up:.0f} up\n"
              f"  head series             {head:12.0f}\n"
              f"  samples a second        {samples / took:12.0f}\n"
              f"  resident bytes a series {resident / head:12.0f}   ({resident / 2**20:.0f} MiB in all)\n"
              f"  CPU a scrape            {cpu / scrapes * 1000:12.2f} ms ({cpu / samples * 1e6:.2f} us a sample)\n"
              f"  scrape takes            {duration * 1000:12.1f} ms\n"
              f"  block: bytes a sample   {size_of(f'{snapshot}/{block}/chunks') / stats['numSamples']:12.2f}\n"
              f"  block: index a series   {os.path.getsize(f'{snapshot}/{block}/index') / stats['numSeries']:12.1f} bytes\n"
              f"  write-ahead log         {size_of(folder + '/data/wal') / (stats['numSamples'] or 1):12.2f} bytes a sample\n"
              f"  one Plimsoll            {ours / hosts / took * 100:12.3f} % of a core, PSS {memory(started[0].pid)[0]:.1f} MiB", flush=True)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()
        containers.close()
        shutil.rmtree(folder)


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../../build/release")
    numbers = [int(word) for word in sys.argv[2:]]
    hosts, count, seconds, interval = numbers + [10, 100, 150, 5][len(numbers):]
    if not shutil.which("prometheus"):
        sys.exit("prometheus is not installed")
    single(build, (10, count))
    fleet(build, hosts, count, seconds, interval)


if __name__ == "__main__":
    main()
