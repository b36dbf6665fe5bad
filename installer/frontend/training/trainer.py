"""The trainer: begins lessons and drills, judges, hints, shows, and keeps what was learnt.

One for each front end. Methods that speak to hosts say so; what they are doing is told by ``say``.
"""

from __future__ import annotations

from dataclasses import dataclass

from installer.engine.events import Emit, Event, Tried
from installer.engine.plan import Finding, StepPlan
from installer.frontend.operator import Operator
from installer.frontend.training import faults, progress
from installer.frontend.training.classroom import INSTALLED, Classroom, Say
from installer.frontend.training.progress import TRAINING, Entry, Kind
from installer.frontend.training.syllabus import drill_of, fault_of, hints_of, lesson_of, shown_of
from installer.lab.lab import load, ssh_command
from runbook.errors import BadInput
from runbook.step import Step
from runbook.text import T, Text
from runbook.training.fault import Fault
from runbook.training.faults import DRILLS
from runbook.training.lesson import Lesson

HINTS = 3
PATIENCE = 20.0
"""Seconds that a host is given for what takes time, before it is judged."""


@dataclass(frozen=True)
class Judgement:
    """What the checks say."""

    wrong: tuple[tuple[str, Finding], ...]
    """Checks that do not hold, each with its host."""
    right: int
    """How many hold."""
    unanswered: int = 0
    """Questions of a lesson that were not answered rightly yet."""
    trials: tuple[Tried, ...] = ()
    """Of the proof: what a drill must pass once its checks hold."""

    @property
    def failed(self) -> tuple[Tried, ...]:
        """Trials that saw something else than a correct cluster."""
        return tuple(each for each in self.trials if not each.ok)

    @property
    def ok(self) -> bool:
        """Whether all of it is right."""
        return not self.wrong and not self.failed and not self.unanswered


@dataclass(frozen=True)
class Followed:
    """What happened when the document was followed."""

    printed: str
    """What the software printed."""
    as_told: bool
    """Whether that is what the erratum says."""
    found: tuple[tuple[str, Finding], ...]
    """Checks that found it."""


class Trainer:
    """Lessons and drills on one practice lab."""

    def __init__(self, operator: Operator, say: Say, name: str = TRAINING) -> None:
        self.progress = progress.load(name)
        self.room = Classroom(name, operator, self.progress, say)
        self.say = say

    # Lessons

    def begin_lesson(self, step: str) -> tuple[Lesson, Step]:
        """Bring the lab to the start of a lesson. Speaks to hosts.

        :raises BadInput: there is no such lesson
        """
        lesson, described = lesson_of(step)
        self.room.at_lesson(described)
        self._begun("lesson", step)
        return lesson, described

    def answer(self, step: str, number: int, chosen: int) -> bool:
        """Whether that is the right answer to a question of the lesson."""
        lesson, _ = lesson_of(step)
        if not 0 <= number < len(lesson.questions):
            raise BadInput(
                T("The lesson {lesson} has no question {number}.", lesson=step, number=number + 1),
                remedy=T("It has {count}.", count=len(lesson.questions)),
            )
        question, entry = lesson.questions[number], self.progress.entry("lesson", step)
        if not 0 <= chosen < len(question.answers):
            raise BadInput(
                T("Question {number} has no answer {answer}.", number=number + 1,
                  answer=chosen + 1),
                remedy=T("It has {count}.", count=len(question.answers)),
            )  # fmt: skip
        if chosen != question.right:
            entry.wrong_answers += 1
        elif number not in entry.answered:
            entry.answered.append(number)
        self._save()
        return chosen == question.right

    def solution(self, step: str) -> tuple[StepPlan, ...]:
        """What is still missing: what the step would change on each host. Speaks to hosts."""
        with self.room.open() as session:
            plan = faults.look(session, (step,))
        return tuple(each for each in plan.steps if each.needed)

    def watch(self, step: str, tell: Emit) -> Judgement:
        """Let Catherd do the step of a lesson. Speaks to hosts."""
        self.room.run(lesson_of(step)[1], tell)
        return self.judge(way="shown")

    # Drills

    def begin_drill(self, id: str) -> Fault:
        """Bring a running cluster about, and plant the fault. Speaks to hosts.

        :raises BadInput: there is no such drill
        """
        fault = drill_of(id)
        self._ready(fault)
        self.say(T("Something is being broken …"))
        with self.room.open() as session:
            faults.plant(session, fault)
        self._begun("drill", fault.id)
        return fault

    def commands(self, id: str) -> list[tuple[str, str]]:
        """How the fault is mended by hand: hosts and commands."""
        with self.room.open() as session:
            return faults.commands(session, fault_of(id).mend)

    def show_mending(self, id: str) -> Judgement:
        """Let Catherd mend what is under way. Speaks to hosts."""
        with self.room.open() as session:
            faults.mend(session, fault_of(id))
            faults.settle(session)
        return self.judge(way="shown")

    # Both

    def go_on(self) -> None:
        """Take up what is under way: hosts that are down come up again as they were left."""
        self.under_way()
        self.room.stand()

    def title(self) -> Text:
        """What is under way, in words that give no drill away.

        :raises BadInput: nothing is
        """
        kind, id = self.under_way()
        if kind == "lesson":
            return lesson_of(id)[1].title
        return T("Drill {number}", number=DRILLS.index(drill_of(id)) + 1)

    def judge(self, way: progress.Way = "self", patience: float = PATIENCE) -> Judgement:
        """Make the checks: of the step of a lesson, of the whole runbook in a drill.

        A drill whose checks hold is proved, too: a node is killed in the middle of a session.
        Speaks to hosts.

        :raises BadInput: nothing is under way
        """
        kind, id = self.under_way()
        entry = self.progress.entry(kind, id)
        steps = (id,) if kind == "lesson" else ()
        with self.room.open() as session:
            plan = faults.look(session, steps, patience)
        found = [(each.host, one) for each in plan.steps for one in each.findings]
        wrong = tuple((host, one) for host, one in found if one.failed)
        unanswered, trials = 0, tuple[Tried, ...]()
        if kind == "lesson":
            unanswered = len(lesson_of(id)[0].questions) - len(entry.answered)
        elif not wrong:
            self.say(T("All checks hold. Now the proof: a node is killed amid a session …"))
            trials = self.room.prove()
        judged = Judgement(wrong, len(found) - len(wrong), unanswered, trials)
        entry.tries += 1
        if judged.ok or (way == "shown" and not wrong and not judged.failed):
            self.progress.finish(way)
        self._save()
        return judged

    def hint(self) -> tuple[int, Text] | None:
        """The next hint, stronger each time, with its number from 1; None when there is no more.

        :raises BadInput: nothing is under way
        """
        kind, id = self.under_way()
        hints = hints_of(kind, id)
        entry = self.progress.entry(kind, id)
        if entry.hints >= len(hints):
            return None
        entry.hints += 1
        self._save()
        return entry.hints, hints[entry.hints - 1]

    def reveal(self) -> None:
        """The solution is looked at: that is worth all hints."""
        kind, id = self.under_way()
        self.progress.entry(kind, id).hints = HINTS
        self._save()

    def reset(self) -> None:
        """Bring what is under way back to its start. Speaks to hosts.

        :raises BadInput: nothing is under way
        """
        kind, id = self.under_way()
        if kind == "lesson":
            self.begin_lesson(id)
        else:
            self.progress.hosts = ""
            self.begin_drill(id)

    def under_way(self) -> tuple[Kind, str]:
        """Kind and name of what is under way.

        :raises BadInput: nothing is
        """
        if self.progress.kind is None:
            raise BadInput(
                T("No lesson and no drill is under way."),
                remedy=T("Begin one: catherd train lesson NAME, or catherd train drill NUMBER."),
            )
        return self.progress.kind, self.progress.current

    # What if we follow the document?

    def follow(self, id: str) -> tuple[Fault, Followed]:
        """Make the document's mistake on the lab, and see what the software says. Speaks to hosts.

        What is under way is given up by it.

        :raises BadInput: the mistake is unknown, or cannot be shown
        """
        fault = shown_of(id)
        assert fault.shown is not None
        self.progress.kind = None
        self._ready(fault)
        with self.room.open() as session:
            self.say(T("Following the document …"))
            faults.plant(session, fault)
            printed, as_told = faults.observe(session, fault.shown)
            found = faults.wrong(faults.look(session))
        self.progress.hosts = ""
        self._save()
        by_host = tuple((name.rpartition("@")[2], one) for name, one in found.items())
        return fault, Followed(printed, as_told, by_host)

    def make_good(self, fault: Fault) -> dict[str, Finding]:
        """Mend what was shown; checks that do not hold then. Speaks to hosts."""
        with self.room.open() as session:
            faults.mend(session, fault)
            return faults.settle(session)

    def _ready(self, fault: Fault) -> None:
        """A cluster in which all is well, with the answers that the fault needs."""
        if self.progress.hosts.startswith(INSTALLED):
            with self.room.open() as session:
                options = session.cluster.options
                fits = all(getattr(options, key) == value for key, value in fault.options.items())
                usual = fault.options or options.members == "http"
                if fits and usual and not faults.wrong(faults.look(session)):
                    return
        self.room.installed(fault.options)

    # For the front ends

    def url(self) -> str:
        """Where a browser on this machine sees the cluster of the lab."""
        lab = self.room.lab()
        return lab.url if lab is not None else ""

    def hosts(self, step: str = "") -> tuple[str, ...]:
        """Hosts that take part in a lesson; all of the lab without one."""
        roles = lesson_of(step)[1].roles if step else ("balancer", "tomcat")
        return tuple(host.name for host in load(self.room.name).hosts if host.role in roles)

    def shell(self, host: str) -> tuple[list[str], tuple[Text, ...]]:
        """The command that opens a shell on a host, and what somebody there should know.

        :raises BadInput: there is no such host
        """
        lab = load(self.room.name)
        notes: list[Text] = []
        if lab.host(host).asks_password:
            password = lab.sudo_password.read_text("utf-8").strip()
            notes.append(T("sudo asks for a password on this host: {password}", password=password))
        notes.append(
            T("You are on {host} now; “sudo -i” makes you root, “exit” leads back.", host=host)
        )
        return ssh_command(lab.name, host), tuple(notes)

    def tell(self, event: Event) -> None:
        """What the engine tells, as lines."""
        self.room.tell(event)

    def _save(self) -> None:
        progress.save(self.progress, self.room.name)

    def _begun(self, kind: Kind, id: str) -> Entry:
        entry = self.progress.begin(kind, id)
        self._save()
        return entry

    def forget(self) -> None:
        """Forget what was learnt; the lab stays as it is."""
        progress.forget(self.room.name)
        self.progress = progress.load(self.room.name)
