"""Tests of the ticker: the minutes in which a schedule fires, and the event of its target."""

import json
import unittest
from datetime import datetime, timezone

import ticker

ARN = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/prober"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def schedule(expression, **more):
    target = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:prober"}
    return {"Name": "prober", "Arn": ARN, "ScheduleExpression": expression, "Target": target, **more}


class FakeAws:
    """A fake of AWS with fixed schedules that records invocations."""

    def __init__(self, *schedules):
        self._schedules = schedules
        self.invoked = []

    def schedules(self):
        return self._schedules

    def invoke(self, function, event):
        self.invoked.append((function.rsplit(":")[-1], json.loads(event)))


class Expressions(unittest.TestCase):
    def test_a_schedule_fires_in_its_minutes_only(self):
        for expression, time, wanted in [
            ("rate(1 minute)", "2026-11-29T16:07", True),
            ("rate(10 minutes)", "2026-11-29T16:10", True),
            ("rate(10 minutes)", "2026-11-29T16:11", False),
            ("rate(1 hour)", "2026-11-29T16:00", True),
            ("rate(1 hour)", "2026-11-29T16:30", False),
            ("rate(1 day)", "2026-11-29T00:00", True),
            ("cron(* * * * ? *)", "2026-11-29T16:07", True),
            ("cron(0/15 8-10,16 * * ? *)", "2026-11-29T16:45", True),
            ("cron(0/15 8-10,16 * * ? *)", "2026-11-29T16:46", False),
            ("cron(0/15 8-10,16 * * ? *)", "2026-11-29T11:45", False),
            # A Sunday.
            ("cron(0 9 ? * 1 *)", "2026-11-29T09:00", True),
            ("cron(0 9 ? * 2 *)", "2026-11-29T09:00", False),
            ("cron(0 9 29 11 ? 2026)", "2026-11-29T09:00", True),
            ("cron(0 9 29 11 ? 2027)", "2026-11-29T09:00", False),
        ]:
            with self.subTest(expression, time=time):
                self.assertEqual(ticker.is_due(expression, at(time)), wanted)

    def test_what_is_not_understood_is_refused(self):
        for expression in ["at(2026-11-29T16:00:00)", "cron(* * * * ?)", "cron(* * L * ? *)", "rate(soon)"]:
            with self.subTest(expression), self.assertRaises(ticker.Unsupported):
                ticker.is_due(expression, at("2026-11-29T16:00"))


class Firing(unittest.TestCase):
    def test_the_target_gets_its_input_with_the_scheduled_minute(self):
        one = schedule("rate(1 minute)")
        one["Target"]["Input"] = '{"scheduled_time": "<aws.scheduler.scheduled-time>"}'
        aws = FakeAws(one)
        ticker.tick(aws, at("2026-11-29T16:07"))
        self.assertEqual(aws.invoked, [("prober", {"scheduled_time": "2026-11-29T16:07:00Z"})])

    def test_without_an_input_the_target_gets_the_event_of_the_scheduler(self):
        aws = FakeAws(schedule("rate(1 minute)"))
        ticker.tick(aws, at("2026-11-29T16:07"))
        [(_, event)] = aws.invoked
        self.assertEqual(event["source"], "aws.scheduler")
        self.assertEqual(event["time"], "2026-11-29T16:07:00Z")
        self.assertEqual(event["resources"], [ARN])

    def test_a_schedule_that_fails_keeps_no_other_from_firing(self):
        queue = schedule("rate(1 minute)")
        queue["Target"]["Arn"] = "arn:aws:sqs:us-east-1:000000000000:queue"
        zone = schedule("rate(1 minute)", ScheduleExpressionTimezone="Europe/Berlin")
        aws = FakeAws(queue, zone, schedule("never"), schedule("rate(1 minute)"))
        ticker.tick(aws, at("2026-11-29T16:07"))
        self.assertEqual(len(aws.invoked), 1)


if __name__ == "__main__":
    unittest.main()
