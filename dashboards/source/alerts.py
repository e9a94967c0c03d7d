"""Plimsoll: alerts and delivery. What is open, what is about to be, and whether people are told."""
from parts import (ALERTS, ANY_IS_BAD, CONTAINER_LINK, GREEN, HOST_LINK, ITSELF, PLAIN, RED, YELLOW, dashboard,
                   datasource_variable, increase, instance_variable, job_variable, lines, of, override, pattern_variable,
                   query, row_link, stat, steps, table, top_over_time, top_variable)

NAMED = 'name=~"$container"'
OUTCOMES = {"delivered": GREEN, "retried": YELLOW, "dropped": RED, "silenced": "blue"}
STATES = {"firing": RED, "pending": YELLOW, "recovering": "blue"}
IDENTITY = "job, instance, id"


def colored(colors):
    return [override(name, color={"mode": "fixed", "fixedColor": color}) for name, color in colors.items()]


def alerts(state, at=""):
    return of("plimsoll_alerts", 'state="%s"' % state, at=at)


def in_range(kind, metric, *matchers, by=""):
    """How many there were in the time shown. Prometheus extrapolates to its ends: 1 becomes 1.004, not 2."""
    return "round(sum%s (%s))" % (" by (%s)" % by if by else "", increase(metric, kind, *matchers, window="$__range"))


def waiting(figure):
    return top_over_time(lambda at: of("plimsoll_outbox_" + figure, at=at), "job, instance")


def build():
    now = ("Now", [
        (4, 4, stat("Firing", "Alerts of all rules that are open now.", "none", query("sum(%s)" % alerts("firing")), ANY_IS_BAD,
                    spark=True)),
        (4, 4, stat("Pending", "Alerts that have breached their threshold, but not often enough in a row yet.", "none",
                    query("sum(%s)" % alerts("pending")), steps(GREEN, (1, YELLOW)), spark=True)),
        (4, 4, stat("Recovering", "Open alerts that are well again, but not often enough in a row yet.", "none",
                    query("sum(%s)" % alerts("recovering")), PLAIN, spark=True)),
        (4, 4, stat("Messages waiting", "Messages in the outbox that wait for their receiver.", "none",
                    query("sum(%s)" % of("plimsoll_outbox_depth")), steps(GREEN, (10, YELLOW), (100, RED)), spark=True)),
        (4, 4, stat("Oldest message", "Age of the oldest message that waits for its receiver; 0 while none waits.", "s",
                    query("max(%s)" % of("plimsoll_outbox_oldest_seconds")), steps(GREEN, (60, YELLOW), (600, RED)), spark=True)),
        (4, 4, stat("Given up", "Messages that were dropped for good, in the time shown.", "none",
                    query("%s or vector(0)" % in_range('outcome="dropped"', "plimsoll_notifications_total"), instant=True),
                    ANY_IS_BAD)),
    ])
    state = ("Alerts", [
        (12, 8, lines("Alerts by state", "Of all rules and all chosen hosts.", "none", [
            query("sum by (state) (%s)" % of("plimsoll_alerts"), "{{state}}")], colored(STATES), stacked=True)),
        (12, 8, lines("What happened to alerts", "Alerts that fired, were repeated because they lasted, or resolved.", "none", [
            query("sum by (kind) (%s)" % increase("plimsoll_alert_transitions_total"), "{{kind}}")],
            colored({"fired": RED, "repeated": YELLOW, "resolved": GREEN}), stacked=True, bars=True)),
        (12, 9, table("Containers in alert", "Containers whose alert on processor or memory is open, with their figures now.", "none", [
            query("topk($top, %s == 1)" % of("plimsoll_container_alert_state", NAMED, 'state!="normal"'), table=True),
            query("%s and on (%s) topk($top, %s == 1)" % (
                of("plimsoll_container_cpu_percent", NAMED), IDENTITY,
                of("plimsoll_container_alert_state", NAMED, 'state!="normal"')), table=True),
            query("%s and on (%s) topk($top, %s == 1)" % (
                of("plimsoll_container_memory_percent", NAMED), IDENTITY,
                of("plimsoll_container_alert_state", NAMED, 'state!="normal"')), table=True)],
            {"state": {"displayName": "alert"}, "Value #B": {"displayName": "CPU", "unit": "percent"},
             "Value #C": {"displayName": "memory", "unit": "percent"}}, "CPU", ("Value #A",),
            {"name": CONTAINER_LINK, "instance": HOST_LINK})),
        (12, 9, table("Breaching now", "Containers that are beyond a threshold, with the number of samples in a row.", "none", [query(
            "topk($top, %s > 0)" % of("plimsoll_container_alert_consecutive_breaches", NAMED), table=True)],
            {"metric": {}, "Value": {"displayName": "in a row"}}, "in a row", (),
            {"name": CONTAINER_LINK, "instance": HOST_LINK})),
        (24, 8, lines("Hosts with most alerts", "Alerts that fire at the end of the time shown, by host.", "none", [
            query(top_over_time(lambda at: alerts("firing", at), "job, instance"), "{{instance}}")], few=False)),
    ])
    delivery = ("Delivery", [
        (12, 8, lines("Messages by outcome", "Messages delivered or dropped for good, tries that will be repeated, and alerts that were "
                      "kept silent.", "none", [
                          query("sum by (outcome) (%s)" % increase("plimsoll_notifications_total"), "{{outcome}}")],
                      colored(OUTCOMES), stacked=True, bars=True)),
        (12, 8, table("Receivers", "What became of the messages of each receiver, in the time shown.", "none", [
            query("topk($top, %s)" % in_range('outcome="%s"' % outcome, "plimsoll_notifications_total", by="receiver"), table=True)
            for outcome in OUTCOMES],
            {"receiver": {}, **{"Value #" + letter: {"displayName": outcome} for letter, outcome in zip("ABCD", OUTCOMES)}},
            "delivered")),
        (12, 8, lines("Outbox", "Messages that wait, by host: the hosts where most do.", "none", [
            query(waiting("depth"), "{{instance}}")], few=False)),
        (12, 8, lines("Oldest message by host", "How long the oldest message has waited, where it has waited longest.", "s", [
            query(waiting("oldest_seconds"), "{{instance}}")], few=False)),
        (24, 7, table("Hosts with messages waiting", "Where the outbox is not empty.", "none", [
            query("topk($top, %s > 0)" % of("plimsoll_outbox_depth"), table=True),
            query("%s and on (job, instance) topk($top, %s > 0)" % (
                of("plimsoll_outbox_oldest_seconds"), of("plimsoll_outbox_depth")), table=True)],
            {"Value #A": {"displayName": "messages"}, "Value #B": {"displayName": "oldest", "unit": "s"}}, "messages", (),
            {"instance": row_link(ITSELF, "Plimsoll on this host", job="job", instance="instance")})),
    ])
    return dashboard(ALERTS, "What is open, what is about to be, and whether people are told.",
                     [datasource_variable(), job_variable(), instance_variable(), pattern_variable(), top_variable()],
                     [now, state, delivery], since="now-6h")
