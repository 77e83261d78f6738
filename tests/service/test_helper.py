"""The process beside: whatever becomes of it, a verdict is right, and nothing of it stays behind."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from select import POLLIN, poll
from subprocess import PIPE, Popen

import pytest
from nacl.signing import SigningKey

from ledger.service import helper as beside
from ledger.service.helper import Helper, Question, helped, opens

KEY = SigningKey(bytes(32))
GOOD: Question = (bytes(KEY.verify_key), bytes(KEY.sign(b"senim" * 40)))
BAD: Question = (GOOD[0], GOOD[1] + b"?")
MANY = [BAD if n % 3 == 0 else GOOD for n in range(1_000)]
"""Far more than a pipe holds."""

TALKATIVE = """
import os, time
os.write(1, bytes([2]))
while os.read(0, 65536):
    {answer}
"""


def started(*program: str) -> Helper:
    """One that is ready; of another *program*, if one is told."""
    with pytest.MonkeyPatch.context() as patch:
        if program:
            patch.setattr(beside, "_COMMAND", (sys.executable, "-c", *program))
        helper = Helper()
    ready(helper)
    return helper


def ready(helper: Helper) -> None:
    waiting = poll()
    waiting.register(helper._answers, POLLIN)
    assert waiting.poll(30_000)
    assert helper.is_ready()


def judged(helper: Helper, questions: list[Question]) -> list[bool]:
    """As `arithmetic` asks: what the helper does not say is worked out here."""
    tickets = [helper.ask(question) for question in questions]
    helper.send()
    answers = []
    for question, ticket in zip(questions, tickets, strict=True):
        try:
            answers.append(opens(question) if ticket is None else helper.holds(ticket))
        except EOFError:
            answers.append(opens(question))
    return answers


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "_PATIENCE", 0.05)


@pytest.fixture
def fresh() -> Iterator[None]:
    """No helper in this process before, none after."""
    drop()
    yield
    drop()


def drop() -> None:
    beside._helper().end() if beside._helper.cache_info().currsize and beside._helper() else None  # type: ignore[union-attr]
    beside._helper.cache_clear()


RIGHT = [n % 3 != 0 for n in range(len(MANY))]


@pytest.mark.parametrize("what", [signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM])
def test_one_that_is_stopped_or_killed_holds_nobody_up_and_is_given_up(what: signal.Signals, impatient: None) -> None:
    helper = started()
    os.kill(helper._process.pid, what)
    assert judged(helper, MANY) == RIGHT
    helper.forget()
    assert not helper.is_ready()
    helper.end()
    assert helper._process.returncode != 0


@pytest.mark.parametrize("answer", ["time.sleep(9)", "time.sleep(0.02); os.write(1, bytes([0]))", "break"])
def test_one_that_is_slow_or_breaks_off_is_waited_for_once_a_group(answer: str, impatient: None) -> None:
    helper = started(TALKATIVE.format(answer=answer))
    assert judged(helper, [GOOD] * 500)[-400:] == [True] * 400
    assert not helper.is_ready()
    helper.end()


def test_who_would_wait_works_out_what_was_kept_back_instead() -> None:
    """The last of them hold without a word from one that never answers, and before anybody's patience ends."""
    helper = started(TALKATIVE.format(answer="time.sleep(9)"))
    for question in MANY[:40]:
        helper.ask(question)
    helper.send()
    assert [helper.holds(ticket) for ticket in range(30, 40)] == RIGHT[30:40]
    assert helper.is_ready()
    helper.end()


def test_it_is_asked_again_after_a_group_that_was_given_up_by_who_asked() -> None:
    helper = started()
    for question in MANY:
        helper.ask(question)
    helper.forget()
    assert judged(helper, [BAD, GOOD]) == [False, True]
    assert helper.is_ready()
    helper.end()


def test_it_is_heard_beside_more_open_files_than_select_knows() -> None:
    before, most = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (2_048, most))
    taken = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        helper = started()
        assert helper._answers > 1_024
        assert judged(helper, MANY) == RIGHT
        assert helper.is_ready()
        helper.end()
    finally:
        for each in taken:
            os.close(each)
        setrlimit(RLIMIT_NOFILE, (before, most))


def test_who_is_interrupted_while_asking_leaves_no_answers_to_others(fresh: None) -> None:
    with helped():
        pass
    helper = beside._helper()
    assert helper is not None
    ready(helper)
    with suppress(KeyboardInterrupt), helped() as asked:
        assert asked is helper
        helper.ask(GOOD)
        raise KeyboardInterrupt
    with helped() as asked:
        assert asked is None


def test_many_in_one_process_share_one_and_only_one_at_a_time(fresh: None) -> None:
    with helped():
        pass
    helper = beside._helper()
    assert helper is not None
    ready(helper)
    with helped() as first, helped() as second:
        assert (first, second) == (helper, None)
    with helped() as next_one:
        assert next_one is helper


def test_a_forked_process_never_asks_its_parents(fresh: None) -> None:
    """Two who asked one helper would hear the answers to each other's questions."""
    with helped():
        pass
    helper = beside._helper()
    assert helper is not None
    ready(helper)
    child = os.fork()
    if child == 0:
        code = 1
        with suppress(BaseException), helped():
            own = beside._helper()
            code = 0 if own is not None and own._process.pid != helper._process.pid and helper._is_gone else 2
            if own is not None:
                own.end()
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert judged(helper, MANY) == RIGHT
    assert helper.is_ready()


WITH_A_HELPER = """
import sys, time
from ledger.service import helper
with helper.helped(): pass
own = helper._helper()
for n in range(200): own.ask((bytes(32), bytes(5000)))
print(own._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("closed", [(), (0,), (0, 1, 2)], ids=str)
def test_it_goes_with_who_asks_and_says_nothing(what: signal.Signals, closed: tuple[int, ...], tmp_path: Path) -> None:
    """Also where standard input, output and error were closed, and questions were still on their way."""
    told = tmp_path / "pid"
    program = f"import os\n[os.close(n) for n in {closed}]\n" + WITH_A_HELPER.replace(
        "print(own._process.pid, flush=True)", f"open({str(told)!r}, 'w').write(f'{{own._process.pid}}.')"
    )
    os.mkfifo(told)
    process = Popen([sys.executable, "-c", program], stdin=PIPE, stdout=PIPE, stderr=PIPE)
    pid = int(told.read_text().removesuffix("."))
    end = os.pidfd_open(pid)
    process.send_signal(what)
    process.communicate()
    waiting = poll()
    waiting.register(end, POLLIN)
    assert waiting.poll(30_000), "it is still there"
    os.close(end)
