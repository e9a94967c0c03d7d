"""Plimsoll: container. One container, by its name, on the hosts chosen: one, or a few to compare."""
from parts import (ANY_IS_BAD, BLUE, CONTAINER, DASHED, GREEN, LOAD, RED, YELLOW, container_variable, dashboard,
                   datasource_variable, increase, instance_variable, job_variable, lines, mirrored, of,
                   override_like, query, rate, stat, steps, table)

THIS = 'name="$container"'


def figure(name, *matchers):
    return of("plimsoll_container_" + name, THIS, *matchers)


def raw(name, *matchers):
    return of("container_" + name, THIS, *matchers)


def raw_rate(name, *matchers):
    return rate("container_" + name, THIS, *matchers)


def by_host(text):
    return "{{instance}} " + text


def dashed(pattern):
    return override_like(pattern, **DASHED)


def traffic(title, description, unit, up, down, label):
    """Two counters, one upwards and one downwards: each is (words, name of the family)."""
    return mirrored(title, description, unit, [
        query(raw_rate(family), "{{instance}} {{%s}} %s" % (label, words)) for words, family in (up, down)],
        below=down[0] + "$", few=False)


def pressure(resource, words):
    return lines("Pressure: " + resource.replace("io", "disks"), "Share of time in which some task, or all tasks that could run, "
                 "waited for %s. Absent where the kernel has no pressure information (PSI) for cgroups." % words, "percentunit", [
                     query(raw_rate("pressure_%s_waiting_seconds_total" % resource), by_host("some")),
                     query(raw_rate("pressure_%s_stalled_seconds_total" % resource), by_host("all"))])


def build():
    now = ("Now", [
        (3, 4, stat("Load line", "Which of the container's alerts on processor and memory are open.", "none",
                    query("%s == 1" % figure("alert_state"), "{{state}}", instant=True), steps(BLUE), text_mode="name")),
        (3, 4, stat("CPU of its limit", "Processor use now, of the smallest limit on the way to the root; of all cores without a "
                    "limit.", "percent", query("100 * %s / ignoring (limited) %s" % (
                        figure("cpu_percent"), figure("cpu_limit_percent")), by_host("")), LOAD, spark=True)),
        (3, 4, stat("Memory of its limit", "Memory in use now, of the smallest limit on the way to the root; of the host's memory "
                    "without a limit.", "percent", query(figure("memory_percent"), by_host("")), LOAD, spark=True)),
        (3, 4, stat("Throttled", "Share of scheduling periods in which the quota ran out. Absent without a quota.", "percentunit",
                    query("%s / %s" % (raw_rate("cpu_cfs_throttled_periods_total"), raw_rate("cpu_cfs_periods_total")),
                          by_host("")), steps(GREEN, (0.1, YELLOW), (0.25, RED)), spark=True)),
        (3, 4, stat("OOM kills", "Processes that the kernel killed for want of memory, in the time shown.", "none",
                    query("round(%s)" % increase("container_oom_events_total", THIS, window="$__range"), by_host(""),
                          instant=True), ANY_IS_BAD)),
        (3, 4, stat("Restarts", "Restarts by the runtime's restart policy, in the time shown.", "none",
                    query("round(%s)" % increase("plimsoll_container_restarts_total", THIS, window="$__range"), by_host(""),
                          instant=True), steps(GREEN, (1, YELLOW), (3, RED)))),
        (3, 4, stat("Running since", "Time since the container was last started.", "dtdurations",
                    query("time() - %s" % raw("start_time_seconds"), by_host(""), instant=True))),
        (3, 4, stat("Threads", "Threads in the container.", "none", query(raw("threads"), by_host("")), spark=True)),
        (24, 4, table("Identity", "What the container is: its runtime, its full id, its image, its state and health.", "none",
                      [query(figure("info"), table=True)], {"runtime": {}, "state": {}, "health": {}, "runtime_id": {}}, "host",
                      ("Value",))),
    ])
    processor = ("Processor", [
        (12, 8, lines("CPU", "Use, the highest sample of each scrape window, and the limit; 100 % is one core.", "percent", [
            query(figure("cpu_percent"), by_host("used")), query(figure("cpu_percent_peak"), by_host("peak")),
            query(figure("cpu_limit_percent", 'limited="true"'), by_host("limit"))], [dashed("limit$")], few=False)),
        (12, 8, lines("CPU by mode", "Processor time in user mode and in the kernel, in cores.", "short", [
            query(raw_rate("cpu_user_seconds_total"), by_host("user")),
            query(raw_rate("cpu_system_seconds_total"), by_host("system"))], stacked=True)),
        (12, 8, lines("Throttling", "Share of scheduling periods in which the quota ran out, and time that tasks waited for the next "
                      "period, per second and summed over cores. Absent without a quota.", "percentunit", [
                          query("%s / %s" % (raw_rate("cpu_cfs_throttled_periods_total"), raw_rate("cpu_cfs_periods_total")),
                                by_host("periods")),
                          query(raw_rate("cpu_cfs_throttled_seconds_total"), by_host("waited"))],
                      [override_like("waited$", unit="short", custom__axisPlacement="right")])),
        (12, 8, pressure("cpu", "a processor")),
    ])
    memory = ("Memory", [
        (12, 8, lines("Memory", "The working set is what counts against the limit when it gets tight: all memory without the page "
                      "cache that is easily given back.", "bytes", [
                          query(figure("memory_used_bytes"), by_host("working set")),
                          query(figure("memory_used_bytes_peak"), by_host("working set, peak")),
                          query(raw("memory_usage_bytes"), by_host("with page cache")),
                          query(figure("memory_limit_bytes", 'limited="true"'), by_host("limit"))], [dashed("limit$")], few=False)),
        (12, 8, lines("What the memory is", "Anonymous memory, page cache, files mapped into processes, the kernel's own, and swap. "
                      "The kernel's share and swap are absent where it does not count them.", "bytes", [
                          query(raw("memory_rss"), by_host("anonymous")), query(raw("memory_cache"), by_host("page cache")),
                          query(raw("memory_mapped_file"), by_host("mapped files")),
                          query(raw("memory_kernel_usage"), by_host("kernel")), query(raw("memory_swap"), by_host("swap"))],
                      few=False)),
        (8, 8, lines("Out of memory", "Processes that the kernel killed, and times that the limit was hit. The latter is absent "
                     "where the kernel does not count it.", "none", [
                         query(increase("container_oom_events_total", THIS), by_host("killed")),
                         query(increase("container_memory_failcnt", THIS), by_host("limit hit"))],
                     [override_like("limit hit$", custom__axisPlacement="right")], bars=True)),
        (8, 8, lines("Page faults", "Major faults read from a disk; many of them beside little free memory mean that the limit is "
                     "too small.", "ops", [
                         query(raw_rate("memory_failures_total", 'scope="hierarchy"'), "{{instance}} {{failure_type}}")],
                     [override_like("pgfault$", custom__axisPlacement="right")])),
        (8, 8, pressure("memory", "memory")),
    ])
    network = ("Network", [
        (12, 8, traffic("Network bytes", "By interface; received goes up, sent goes down. Absent for containers without a network of "
                        "their own.", "Bps", ("received", "network_receive_bytes_total"), ("sent", "network_transmit_bytes_total"),
                        "interface")),
        (12, 8, traffic("Network packets", "By interface; received goes up, sent goes down.", "pps",
                        ("received", "network_receive_packets_total"), ("sent", "network_transmit_packets_total"), "interface")),
        (12, 8, traffic("Dropped packets", "Packets that were dropped, by interface; on arrival up, instead of being sent down.", "pps",
                        ("on arrival", "network_receive_packets_dropped_total"),
                        ("unsent", "network_transmit_packets_dropped_total"), "interface")),
        (12, 8, traffic("Network errors", "Packets that arrived damaged go up, those that could not be sent go down.", "pps",
                        ("damaged", "network_receive_errors_total"), ("unsent", "network_transmit_errors_total"), "interface")),
    ])
    disks = ("Block I/O", [
        (8, 8, traffic("Disk bytes", "By device; reads go up, writes go down. Kernels with cgroup v1 count this only where a limit on "
                       "block I/O is set.", "Bps", ("read", "fs_reads_bytes_total"), ("written", "fs_writes_bytes_total"), "device")),
        (8, 8, traffic("Disk operations", "By device; reads go up, writes go down.", "iops", ("read", "fs_reads_total"),
                       ("written", "fs_writes_total"), "device")),
        (8, 8, pressure("io", "a disk")),
    ])
    life = ("Life and alerts", [
        (8, 8, lines("Restarts and processes", "Restarts by the runtime's restart policy as bars; processes, threads and the threads "
                     "allowed as lines.", "none", [
                         query(raw("processes"), by_host("processes")), query(raw("threads"), by_host("threads")),
                         query("%s > 0" % raw("threads_max"), by_host("limit")),
                         query(increase("plimsoll_container_restarts_total", THIS), by_host("restarts"))],
                     [dashed("limit$"), override_like("restarts$", custom__drawStyle="bars", custom__fillOpacity=60)])),
        (8, 8, lines("Breaches in a row", "Samples in a row beyond the threshold, up to the number that the alert needs.", "none", [
            query(figure("alert_consecutive_breaches"), "{{instance}} {{metric}}")])),
        (8, 8, lines("Load line over time", "1 while the state is so.", "none", [
            query(figure("alert_state", 'state!="normal"'), "{{instance}} {{state}}")], stacked=True)),
    ])
    variables = [datasource_variable(), job_variable(), instance_variable(everything=False), container_variable()]
    return dashboard(CONTAINER, "One container: processor, memory, network, disks, pressure, restarts and its alerts, each against "
                     "its limit.", variables, [now, processor, memory, network, disks, life])

