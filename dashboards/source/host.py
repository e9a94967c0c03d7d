"""Plimsoll: host and containers. Everything that could have many lines is bounded by $top."""
from parts import (ALERTS, ANY_IS_BAD, BAR, CONTAINER_LINK, GREEN, HOST, HOST_LINK, LOAD, PLAIN, RED, TEXT_IN_COLOR, dashboard,
                   datasource_variable, gauges, increase, instance_variable, job_variable, lines, mirrored, of, override,
                   pattern_variable, query, rate, row_link, stat, table, top_over_time, top_variable, value_text)

NAMED = 'name=~"$container"'
ROOT = 'id="/"'
IDENTITY = "job, instance, id"
INFO = " * on (%s) group_left (namespace, pod, container) %s" % (IDENTITY, of("plimsoll_container_info"))
ALERT = {"0": ("normal", GREEN), "1": ("over its line", RED)}


def container(figure, at=""):
    return of("plimsoll_container_" + figure, NAMED, at=at)


def host_cpu(at=""):
    return of("plimsoll_host_cpu_percent", at=at)


def host_memory(at=""):
    return "100 * %s / %s" % (of("plimsoll_host_memory_used_bytes", at=at), of("plimsoll_host_memory_total_bytes", at=at))


def host_network(direction):
    return lambda at: "sum by (job, instance) (%s)" % rate("container_network_%s_bytes_total" % direction, ROOT, at=at)


def disk(direction):
    return lambda at: rate("container_fs_%s_bytes_total" % direction, ROOT, at=at)


def waiting(resource):
    return lambda at: rate("container_pressure_%s_waiting_seconds_total" % resource, ROOT, at=at)


def hosts_over_time(title, description, expression):
    return lines(title, description, "percent", [
        query(top_over_time(expression, "job, instance"), "{{instance}}"),
        query("quantile(0.5, %s)" % expression(""), "middle of all hosts"),
        query("max(%s)" % expression(""), "highest of all hosts")], few=False, max=100,
        overrides=[override("middle of all hosts", custom__lineStyle={"fill": "dash", "dash": [4, 4]}),
                   override("highest of all hosts", custom__lineStyle={"fill": "dash", "dash": [10, 4]})])


CPU, MEMORY = container("cpu_percent"), container("memory_used_bytes")
CPU_OF_LIMIT = "100 * %s / ignoring (limited) %s" % (CPU, container("cpu_limit_percent"))
MEMORY_OF_LIMIT = container("memory_percent")
IN_ALERT = "sum by (job, instance, id, name, image) (%s)" % of("plimsoll_container_alert_state", NAMED, 'state!="normal"')
RECEIVED, SENT = container("network_receive_bytes_per_second"), container("network_transmit_bytes_per_second")
READ, WRITTEN = container("block_read_bytes_per_second"), container("block_write_bytes_per_second")


def top_table(title, description, ranked, columns, unit, hidden=()):
    """The $top containers by `ranked`; `columns` are further figures of the same: [(expression, properties)]."""
    best = "topk($top, %s)" % ranked[0]
    queries, fields = [query(best + INFO, table=True)], {"Value #A": ranked[1]}
    for letter, (expression, properties) in zip("BCDE", columns):
        queries.append(query("%s and on (%s) %s" % (expression, IDENTITY, best), table=True))
        fields["Value #" + letter] = properties
    return table(title, description, unit, queries, fields, ranked[1]["displayName"], hidden,
                 {"name": CONTAINER_LINK, "instance": HOST_LINK})


def percent_bar(name):
    return {"displayName": name, "unit": "percent", "custom__cellOptions": BAR, "min": 0, "max": 100, "thresholds": LOAD,
            "color": {"mode": "thresholds"}}


def plain(name, unit):
    return {"displayName": name, "unit": unit}


STATE_COLUMN = {"displayName": "load line", "unit": "none", "mappings": value_text(ALERT),
                "custom__cellOptions": TEXT_IN_COLOR}


def containers_over_time(title, description, unit, figure):
    expression = top_over_time(lambda at: container(figure, at), IDENTITY)
    return lines(title, description, unit, [query("(%s)%s" % (expression, INFO), "{{instance}} {{pod}} {{container}} {{name}}")],
                 points=100, few=False)


def silent_hosts():
    return stat("Hosts silent", "Hosts of this job that Prometheus cannot scrape. 0 is what one wants.", "none",
                query("count(%s == 0) or vector(0)" % of("up")), ANY_IS_BAD)


def build():
    overview = ("Now", [
        (4, 4, stat("Hosts", "Hosts whose Plimsoll answers.", "none", query("sum(%s)" % of("up")), PLAIN, spark=True)),
        (4, 4, silent_hosts()),
        (4, 4, stat("Containers", "Containers that run or are paused, of all chosen hosts.", "none",
                    query("sum(%s)" % of("plimsoll_containers", 'state=~"running|paused"')), PLAIN, spark=True)),
        (4, 4, stat("Over their load line", "Containers whose alert on processor or memory is open.", "none",
                    query("sum(%s)" % of("plimsoll_container_alert_state", NAMED, 'state!="normal"'), instant=True), ANY_IS_BAD)),
        (4, 4, stat("Alerts firing", "Alerts of all rules that Plimsoll has open now, the hosts' own included.", "none",
                    query("sum(%s)" % of("plimsoll_alerts", 'state="firing"')), ANY_IS_BAD, spark=True)),
        (4, 4, stat("OOM kills", "Processes of containers that the kernel killed for want of memory, in the time shown.", "none",
                    query("round(sum(%s))" % increase("container_oom_events_total", 'name!=""', NAMED, window="$__range"),
                          instant=True), ANY_IS_BAD)),
    ])
    hosts = ("Hosts", [
        (12, 8, hosts_over_time("Host processor", "Of all cores together. The hosts that are busiest at the end of the time shown, "
                                "and the middle and the highest of all.", host_cpu)),
        (12, 8, hosts_over_time("Host memory", "Memory that is not available to new processes, of all memory. The fullest hosts, and "
                                "the middle and the highest of all.", host_memory)),
        (8, 8, lines("Host pressure", "Share of time in which some task waited for the processor, for memory or for a disk. "
                     "Absent where the kernel has no pressure information (PSI).", "percentunit",
                     [query(top_over_time(waiting(resource), "job, instance"), "{{instance}} " + resource)
                      for resource in ("cpu", "memory", "io")], few=False)),
        (8, 8, mirrored("Host network", "All interfaces of the host together; received goes up, sent goes down.", "Bps", [
            query(top_over_time(host_network("receive"), "job, instance"), "{{instance}} received"),
            query(top_over_time(host_network("transmit"), "job, instance"), "{{instance}} sent")],
            below="sent$", few=False)),
        (8, 8, mirrored("Host disks", "By device; reads go up, writes go down. What goes through a partition or a device mapper is "
                        "seen again on the disk below.", "Bps", [
                            query(top_over_time(disk("reads"), "job, instance, device"), "{{instance}} {{device}} read"),
                            query(top_over_time(disk("writes"), "job, instance, device"), "{{instance}} {{device}} written")],
                        below="written$", few=False)),
        (24, 6, gauges("Fullest file systems", "Used, of the size of each file system.", "percent", query(
            "topk($top, 100 * %s / (%s > 0))" % (of("container_fs_usage_bytes", ROOT), of("container_fs_limit_bytes", ROOT)),
            "{{instance}} {{device}}", instant=True), min=0, max=100)),
    ])
    consumers = ("Top consumers", [
        (12, 9, top_table("Top by processor", "The containers that use most of the processor now; 100 % is one core. Click a name for "
                          "its own dashboard.", (CPU, plain("CPU", "percent")),
                          [(CPU_OF_LIMIT, percent_bar("of its limit")), (IN_ALERT, STATE_COLUMN)], "percent")),
        (12, 9, top_table("Top by memory", "The containers that hold most memory now, without the page cache that is easily given "
                          "back.", (MEMORY, plain("memory", "bytes")),
                          [(MEMORY_OF_LIMIT, percent_bar("of its limit")), (IN_ALERT, STATE_COLUMN)], "bytes")),
        (12, 9, top_table("Top by network", "The containers that move most over the network now.",
                          ("(%s + %s)" % (RECEIVED, SENT), plain("both", "Bps")),
                          [(RECEIVED, plain("received", "Bps")), (SENT, plain("sent", "Bps"))], "Bps")),
        (12, 9, top_table("Top by disk", "The containers that read and write most on disks now. Kernels with cgroup v1 count this only "
                          "where a limit on block I/O is set.", ("(%s + %s)" % (READ, WRITTEN), plain("both", "Bps")),
                          [(READ, plain("read", "Bps")), (WRITTEN, plain("written", "Bps"))], "Bps")),
        (12, 9, containers_over_time("Processor of the top containers", "Those that use most at the end of the time shown; 100 % is "
                                     "one core.", "percent", "cpu_percent")),
        (12, 9, containers_over_time("Memory of the top containers", "Those that hold most at the end of the time shown.", "bytes",
                                     "memory_used_bytes")),
    ])
    limited = '%s and ignoring (limited) %s' % (
        MEMORY_OF_LIMIT, of("plimsoll_container_memory_limit_bytes", NAMED, 'limited="true"'))
    cpu_limited = "100 * %s / ignoring (limited) %s" % (CPU, of("plimsoll_container_cpu_limit_percent", NAMED, 'limited="true"'))
    lines_section = ("Load lines", [
        (8, 9, gauges("Containers over their load line", "By what they are over now: the processor, memory or both.", "none", query(
            "sum by (state) (%s)" % of("plimsoll_container_alert_state", NAMED, 'state!="normal"'), "{{state}}", instant=True),
            ANY_IS_BAD, min=0)),
        (16, 9, table("Containers in alert", "The containers whose alert on processor or memory is open now.", "none", [query(
            "topk($top, %s == 1)" % of("plimsoll_container_alert_state", NAMED, 'state!="normal"'), table=True)],
            {"state": {"displayName": "alert"}}, "host", ("Value", "limited"),
            {"name": CONTAINER_LINK, "instance": row_link(ALERTS, "Alerts of this host", job="job", instance="instance")})),
        (12, 9, top_table("Nearest to their processor limit", "Containers that have a limit of their own, or one above them.",
                          (cpu_limited, percent_bar("CPU of its limit")), [(IN_ALERT, STATE_COLUMN)], "percent")),
        (12, 9, top_table("Nearest to their memory limit", "Containers that have a limit of their own, or one above them.",
                          ("(%s)" % limited, percent_bar("memory of its limit")), [(IN_ALERT, STATE_COLUMN)], "percent")),
    ])
    return dashboard(HOST, "Hosts, what runs on them, who takes most, and who is near or over its load line.",
                     [datasource_variable(), job_variable(), instance_variable(), pattern_variable(), top_variable()],
                     [overview, hosts, consumers, lines_section])


