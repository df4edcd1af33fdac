"""Fire times of our cron beside those of croniter, and our time zones beside Python's zoneinfo.

croniter knows the calendar but loses its way where clocks are changed (TheirClocks shows how). So
across changes the wall clock times are croniter's, and zoneinfo says when the wall clock shows them.
"""

import os
import subprocess
import unittest
import zoneinfo
from datetime import datetime, timedelta, timezone
from pathlib import Path

from croniter import croniter

TOOL = Path(os.environ["DELTAKEEP_BINARY"]).parent / "cron_times"
UTC = timezone.utc
COUNT = 1000

CALENDAR = """
* * * * *            | */5 * * * *           | */7 * * * *          | 0 * * * *         | 30 */2 * * *
0 2 * * *            | 0 2,14 * * *          | 15 0-6 * * *         | 0 8-18/2 * * *    | */20 9-17 * * 1-5
0 0 * * 0            | 0 0 * * 7             | 30 3 * * sun         | 0 1 * * mon-fri   | 0 1 * * 6,0
0 0 * * 5-7          | 0 0 * * fri-sun       | 0 12 * * tue,thu     | 0 22 * * 1-5/2    | 45 23 * * sat
0 0 1 * *            | 0 0 15 * *            | 0 0 1,15 * *         | 0 0 28-31 * *     | 0 0 31 * *
0 0 30 * *           | 0 0 29 * *            | 0 0 L * *            | 0 0 15,L * *      | 0 0 L 2 *
0 0 29 2 *           | 0 0 28,29 2 *         | 0 0 31 1,3,5 *       | 0 0 1 jan *       | 0 0 1 1-3,12 *
0 0 1 */3 *          | 0 0 25 dec *          | 0 6 1-7 * *          | 0 6 1-31/9 * *    | 0 6 2-30/7 * *
0 0 13 * fri         | 0 0 31 * mon          | 0 0 1 1 0            | 5 4 1,15 6 1-5    | 0 0 10-12 * 6,0
0 0 L * fri          | 1 2 3 4 *             | 1 2 3 4 5            | 59 23 31 12 *     | 59 23 31 12 sun
0,1,2 0 * * *        | 58,59 23 * * *        | 0-10/3 5 * * *       | 0-59/17 * * * *   | 0 0-23/5 * * *
*/15 8-18/2 1,15 1-3 * | 10 10 10 10 *       | 0 */23 * * *         | */59 * * * *      | 0 0 * feb mon
*/31 */13 * * *      | 0 3 * 2-8/3 2         | 7 7 7 7 7            | 0 0 5-25/10 * *   | 0 0 1-31/30 */5 *
""".replace("\n", "|").split("|")
CALENDAR = [" ".join(text.split()) for text in CALENDAR if text.strip()]

# Zone, and when to begin: a day or two before a change.
CLOCKS = [("Europe/Vienna", "2026-03-28"), ("Europe/Vienna", "2026-10-24"),
          ("America/New_York", "2026-03-07"), ("America/New_York", "2026-10-31"),
          ("Australia/Lord_Howe", "2026-04-04"), ("Australia/Lord_Howe", "2026-10-03"),
          ("Pacific/Apia", "2011-12-28"), ("Pacific/Apia", "2012-03-31"), ("Asia/Kathmandu", "1985-12-31"),
          ("America/St_Johns", "2010-11-06"), ("America/Nuuk", "2024-03-29"), ("Asia/Beirut", "2026-03-28"),
          ("Europe/Vienna", "2050-03-26"), ("UTC", "2026-03-28")]
AROUND = ["0 2 * * *", "30 2 * * *", "30 1,2,3 * * *", "*/20 2 * * *", "0 0 * * *", "30 23 * * *",
          "15 0-23 * * *", "0 * * * *", "*/30 * * * *", "30 */2 * * *", "0 2 * * sun", "45 1,2 * * sat,sun"]


def ask(questions):
    done = subprocess.run([TOOL], input="\n".join(questions) + "\n", capture_output=True, text=True,
                          check=True, timeout=120)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions), done.stdout + done.stderr
    return answers


def ours(text, zone="UTC", after=datetime(2026, 1, 1, tzinfo=UTC), count=COUNT):
    return f"next {zone} {count} {int(after.timestamp())} {text}"


def times_in(test, answer):
    """The times of an answer, which met them all again on its way back."""
    words = answer.split()
    test.assertEqual(words[-1], "back", answer[-200:])
    return [int(word) for word in words[:-1]]


def shown(times):
    return [datetime.fromtimestamp(time, UTC).strftime("%m-%d %H:%M") for time in times]


def instants(wall, zone, every_hour):
    """The UTC seconds at which a wall clock time fires, by our rule, as zoneinfo sees the zone."""
    early = wall.replace(tzinfo=zone).timestamp()
    late = wall.replace(tzinfo=zone, fold=1).timestamp()
    back = [t for t in sorted({early, late})
            if datetime.fromtimestamp(t, zone).replace(tzinfo=None, fold=0) == wall]
    if back or every_hour:
        return [int(t) for t in (back if every_hour else back[:1])]
    low, high = sorted((int(early), int(late)))  # in a gap: its end lies between them
    before = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return [high]


def left_out(day, zone):
    """Whether no instant of `day` was shown."""
    noon = datetime.combine(day, datetime.min.time()) + timedelta(hours=12)
    return not instants(noon, zone, True) and not instants(noon - timedelta(hours=11), zone, True)


class SameTimes(unittest.TestCase):
    def test_there_are_sixty_schedules_and_more(self):
        self.assertGreaterEqual(len(set(CALENDAR)), 60)

    def test_the_next_thousand_times_are_croniters(self):
        for text, answer in zip(CALENDAR, ask([ours(text) for text in CALENDAR])):
            with self.subTest(text):
                theirs = croniter(text, datetime(2026, 1, 1, tzinfo=UTC))
                expected = [int(theirs.get_next(float)) for _ in range(COUNT)]
                self.assertEqual(times_in(self, answer), expected)

    def test_the_next_thousand_times_are_croniters_wall_clock_times_as_zoneinfo_sees_them(self):
        cases = [(name, begin, text) for name, begin in CLOCKS for text in AROUND]
        count = 200
        questions = []
        for name, begin, text in cases:
            start = datetime.fromisoformat(begin).replace(tzinfo=zoneinfo.ZoneInfo(name))
            questions.append(ours(text, name, start.astimezone(UTC), count))
        for (name, begin, text), answer in zip(cases, ask(questions)):
            with self.subTest(f"{text} in {name} after {begin}"):
                zone = zoneinfo.ZoneInfo(name)
                theirs = croniter(text, datetime.fromisoformat(begin))
                every_hour = text.split()[1].startswith("*")
                expected = set()
                while len(expected) < count + 5:  # what a fold adds may come out of order
                    wall = theirs.get_next(datetime)
                    if not left_out(wall.date(), zone):
                        expected.update(instants(wall, zone, every_hour))
                self.assertEqual(shown(times_in(self, answer)), shown(sorted(expected)[:count]))


class TheirClocks(unittest.TestCase):
    """Where croniter's own times differ, and why. Each case fails when they no longer do."""

    def check(self, text, zone, after, mine, theirs):
        begin = datetime.fromisoformat(after).replace(tzinfo=zoneinfo.ZoneInfo(zone))
        answer = ask([ours(text, zone, begin.astimezone(UTC), len(mine))])[0]
        it = croniter(text, begin)
        got = [int(it.get_next(datetime).astimezone(UTC).timestamp()) for _ in theirs]
        self.assertEqual(shown(times_in(self, answer)), mine)
        self.assertEqual(shown(got), theirs)
        self.assertNotEqual(mine, theirs)

    def test_a_time_that_is_leapt_over_comes_an_hour_later_there_and_right_after_the_gap_here(self):
        self.check("30 2 * * *", "Europe/Vienna", "2026-03-28T12:00", ["03-29 01:00", "03-30 00:30"],
                   ["03-29 01:30", "03-30 00:30"])

    def test_the_day_after_a_repeated_hour_is_an_hour_off_there(self):
        self.check("30 2 * * *", "Europe/Vienna", "2026-10-24T12:00", ["10-25 00:30", "10-26 01:30"],
                   ["10-25 00:30", "10-26 02:30"])

    def test_a_repeated_hour_is_left_out_there_though_every_hour_is_asked_for(self):
        self.check("0 * * * *", "Europe/Vienna", "2026-10-25T01:30",
                   ["10-25 00:00", "10-25 01:00", "10-25 02:00"], ["10-25 00:00", "10-25 02:00", "10-25 03:00"])

    def test_a_stepped_star_restricts_the_day_there_and_does_not_in_vixies_cron(self):
        self.check("0 0 */2 * mon", "UTC", "2026-01-01", ["01-05 00:00", "01-19 00:00"],
                   ["01-03 00:00", "01-05 00:00"])

    def test_a_step_through_the_days_loses_the_first_of_march_there(self):
        self.check("0 0 */10 * *", "UTC", "2026-02-20", ["02-21 00:00", "03-01 00:00", "03-11 00:00"],
                   ["02-21 00:00", "03-11 00:00", "03-21 00:00"])

    def test_a_step_from_one_value_is_taken_there_and_refused_here(self):
        self.assertTrue(croniter.is_valid("5/10 * * * *"))
        self.assertEqual(ask([ours("5/10 * * * *")])[0],
                         'error: a step needs a range or *: "5/10"')

    def test_a_day_that_never_comes_is_taken_there_and_refused_here(self):
        self.assertTrue(croniter.is_valid("0 0 30 2 *"))
        self.assertEqual(ask([ours("0 0 30 2 *")])[0],
                         "error: this day never comes in these months")


class SameZones(unittest.TestCase):
    """Every zone of the system from 1970 to 2100, the years after its file's last change included.

    But Factory, which means that nobody has chosen a zone."""

    def test_offsets_are_zoneinfos_at_each_change_and_in_each_season(self):
        names = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
        self.assertGreater(len(names), 400)
        samples = [datetime(year, month, 3, 5, tzinfo=UTC) for year in range(1970, 2101)
                   for month in (1, 7)]
        samples += [datetime(year, month, 15, tzinfo=UTC) for year in range(2020, 2101, 4)
                    for month in range(1, 13)]
        samples = sorted(int(sample.timestamp()) for sample in samples)
        for name, answer in zip(names, ask([f"zone {name}" for name in names])):
            with self.subTest(name):
                changes = [tuple(map(int, word.split(","))) for word in answer.split()]
                zone = zoneinfo.ZoneInfo(name)
                for (at, offset), after in zip(changes, changes[1:] + [(samples[-1], None)]):
                    near = [at, after[0] - 1] + [s for s in samples if at <= s < after[0]]
                    for time in near:
                        seen = datetime.fromtimestamp(time, zone).utcoffset().total_seconds()
                        self.assertEqual((time, offset), (time, seen))

    def test_an_unknown_zone_is_an_error_that_names_the_nearest(self):
        answers = ask(["zone Europe/Viena", "zone vienna", "zone Nowhere/Atall", "zone localtime"])
        self.assertEqual(answers[0], 'error: loading time zone "Europe/Viena": there is no such time zone; '
                                     'did you mean "Europe/Vienna"?')
        self.assertIn('did you mean "Europe/Vienna"?', answers[1])
        self.assertTrue(answers[2].endswith("there is no such time zone"), answers[2])
        self.assertIn("another zone on another machine", answers[3])


if __name__ == "__main__":
    unittest.main()
