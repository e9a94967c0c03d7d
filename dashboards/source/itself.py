"""Plimsoll: itself. What it costs, whether it reads, records and answers."""
from parts import (ANY_IS_BAD, GREEN, ITSELF, PLAIN, RED, dashboard, datasource_variable, gauges, increase,
                   instance_variable, job_variable, lines, of, override, quantile, query, rate, stat, steps,
                   table, top_over_time, top_variable, value_text)

HOSTS = "job, instance"
UP = value_text({"0": ("down", RED), "1": ("up", GREEN)})


def by_host(title, description, unit, expression, legend="{{instance}}", on=HOSTS):
    """The highest hosts, for a function of what stands behind each selector."""
    return lines(title, description, unit, [query(top_over_time(expression, on), legend)], few=False)


def durations(title, description, histogram):
    return lines(title, description, "s", [query(quantile(share, histogram), words)
                                           for share, words in ((0.5, "half"), (0.99, "99 of 100"))], points=200)


def faults(title, description, counters):
    """Counters that should stand still."""
    return lines(title, description, "none", [query("sum(%s)" % increase(counter), words) for counter, words in counters],
                 bars=True)


def build():
    now = ("Now", [
        (4, 4, stat("Answering", "Hosts whose Plimsoll Prometheus can scrape.", "none", query("sum(%s)" % of("up")), spark=True)),
        (4, 4, stat("Silent", "Hosts of this job that Prometheus cannot scrape. 0 is what one wants.", "none",
                    query("count(%s == 0) or vector(0)" % of("up")), ANY_IS_BAD)),
        (4, 4, stat("Cgroups", "Cgroups that are measured, containers included.", "none", query("sum(%s)" % of("plimsoll_cgroups")),
                    spark=True)),
        (4, 4, stat("Series", "Series in a scrape of all chosen hosts together.", "short",
                    query("sum(%s)" % of("scrape_samples_scraped")), spark=True)),
        (4, 4, stat("Not recording", "Hosts whose history does not go to disk.", "none",
                    query("count(%s == 0) or vector(0)" % of("plimsoll_store_up")), ANY_IS_BAD)),
        (4, 4, stat("Runtimes not reached", "Engines that do not answer and whose state cannot be read.", "none",
                    query("count(%s == 0) or vector(0)" % of("plimsoll_runtime_up")), steps(GREEN, (1, RED)))),
        (12, 7, table("Versions", "Which Plimsoll runs on how many hosts.", "none", [query(
            "count by (version, revision, branch) (%s)" % of("plimsoll_build_info"), table=True)],
            {"version": {}, "revision": {}, "branch": {}, "Value": {"displayName": "hosts"}}, "hosts")),
        (12, 7, table("Runtimes", "What Plimsoll gets its containers' names from; those that are down first.", "none", [query(
            "bottomk($top, %s)" % of("plimsoll_runtime_up"), table=True)],
            {"runtime": {}, "endpoint": {}, "Value": {"displayName": "state", "mappings": UP,
                                                      "custom__cellOptions": {"type": "color-text"}}}, "host")),
    ])
    cost = ("What it costs", [
        (8, 8, by_host("Processor", "Processor time of Plimsoll itself, of one core.", "percentunit",
                       lambda at: rate("process_cpu_seconds_total", at=at))),
        (8, 8, by_host("Memory", "Memory of Plimsoll that is in RAM.", "bytes",
                       lambda at: of("process_resident_memory_bytes", at=at))),
        (8, 8, by_host("File descriptors", "Open ones, of those allowed. Plimsoll keeps the kernel's files open between readings.",
                       "percentunit", lambda at: "%s / %s" % (of("process_open_fds", at=at), of("process_max_fds", at=at)))),
    ])
    reading = ("Reading", [
        (8, 8, durations("Time to measure all cgroups", "Of one beat, over all chosen hosts.", "plimsoll_collect_duration_seconds")),
        (8, 8, lines("Beats", "Times per second that all cgroups were measured, over all chosen hosts, and beats that were left out "
                     "because the one before still ran.", "ops", [
                         query("sum(%s)" % rate("plimsoll_collector_beats_total"), "measured"),
                         query("sum(%s)" % rate("plimsoll_collector_beats_skipped_total"), "left out")],
                     [override("left out", color={"mode": "fixed", "fixedColor": RED})])),
        (8, 8, faults("Faults of reading", "Kernel files that could not be read (other than those that were gone) or were not "
                      "understood.", [("plimsoll_read_errors_total", "not read"), ("plimsoll_parse_errors_total", "not understood")])),
        (8, 8, lines("Containers", "By state, of all chosen hosts; the ended ones are still remembered by their last figures.", "none", [
            query("sum by (state) (%s)" % of("plimsoll_containers"), "{{state}}")], stacked=True)),
        (8, 8, lines("What happened to containers", "Starts, stops, renames and so on that were seen, of all chosen hosts.", "none", [
            query("sum by (event) (%s)" % increase("plimsoll_discovery_events_total"), "{{event}}")], stacked=True, bars=True)),
        (8, 8, lines("Kernel files", "Descriptors kept open, and cgroups whose files are opened anew at every beat for want of "
                     "descriptors.", "short", [
                         query("sum(%s)" % of("plimsoll_descriptors"), "kept open"),
                         query("sum(%s)" % of("plimsoll_containers_without_descriptors"), "cgroups without")])),
    ])
    answering = ("Answering", [
        (8, 8, durations("Time to render", "Of one body of /metrics, compression included.", "plimsoll_render_duration_seconds")),
        (8, 8, by_host("Time to scrape", "As Prometheus sees it; the slowest hosts.", "s",
                       lambda at: of("scrape_duration_seconds", at=at))),
        (8, 8, by_host("Samples in a scrape", "As Prometheus counts them; the largest hosts.", "short",
                       lambda at: of("scrape_samples_scraped", at=at))),
        (8, 8, lines("Requests", "Requests answered per second, by route and status.", "reqps", [
            query("topk($top, sum by (route, code) (%s))" % rate("plimsoll_http_requests_total"), "{{route}} {{code}}")], few=False)),
        (8, 8, lines("Time to answer", "99 of 100 requests were answered within this time, by route.", "s", [
            query("topk($top, %s)" % quantile(0.99, "plimsoll_http_request_duration_seconds", "le, route"), "{{route}}")],
            few=False, points=200)),
        (8, 8, gauges("Series by family", "The families with most series, of all chosen hosts.", "short", query(
            "topk($top, sum by (family) (%s))" % of("plimsoll_metric_series"), "{{family}}", instant=True), PLAIN)),
    ])
    recording = ("Recording", [
        (8, 8, durations("Time to record", "One tick of all containers into the store, over all chosen hosts.",
                         "plimsoll_store_write_duration_seconds")),
        (8, 8, by_host("Size of the store", "File and write-ahead log together; the largest hosts.", "bytes",
                       lambda at: 'sum by (job, instance) (%s)' % of("plimsoll_store_size_bytes", 'part=~"file|wal"', at=at))),
        (8, 8, lines("Rows", "Readings and buckets of one container each, per second: written, and deleted by retention or to stay "
                     "below the size allowed.", "wps", [
                         query("sum(%s)" % rate("plimsoll_store_rows_written_total"), "written"),
                         query("sum(%s)" % rate("plimsoll_store_rows_deleted_total"), "deleted"),
                         query("sum(%s)" % rate("plimsoll_store_size_bound_dropped_rows_total"), "deleted for size")])),
        (12, 8, lines("Faults of recording", "Ticks that were not recorded because the disk was too slow or refused, and damaged files "
                      "that were set aside.", "none", [
                          query("sum(%s)" % increase("plimsoll_store_frames_dropped_total"), "too slow"),
                          query("sum by (reason) (%s)" % increase("plimsoll_store_write_errors_total"), "refused: {{reason}}"),
                          query("sum(%s)" % increase("plimsoll_store_damaged_files_total"), "damaged files")], bars=True)),
        (12, 8, lines("Configurations refused", "Hosts that run with an older configuration than they were last given, or with an older "
                      "web configuration, certificate or key than lies on their disk. 0 is what one wants.", "none", [
                          query("count(%s == 0) or vector(0)" % of("plimsoll_config_last_reload_successful"), "configuration"),
                          query("count(%s == 0) or vector(0)" % of("plimsoll_web_config_last_reload_successful"),
                                "web configuration")])),
    ])
    return dashboard(ITSELF, "What Plimsoll costs, and whether it reads, answers and records.",
                     [datasource_variable(), job_variable(), instance_variable(), top_variable()],
                     [now, cost, reading, answering, recording])
