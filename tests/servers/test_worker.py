"""The queue worker: what it does with the job in hand, with none, and with one that does not end."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from tests.servers.conftest import Start
from tests.servers.queues import Surroundings, surroundings


@pytest.fixture
def around() -> Iterator[Surroundings]:
    with surroundings() as made:
        yield made


def test_it_finishes_the_job_in_hand_calls_out_confirms_and_pulls_no_other(start: Start, around: Surroundings) -> None:
    around.jobs.put("1")
    around.jobs.put("2")
    worker = start("queue_worker.py", **around.settings, APP_SHUTDOWN=60)
    assert around.next_seen() == "GET /jobs/next"
    assert around.next_seen() == "POST /call"
    worker.terminate()
    worker.must_go_on()
    worker.terminate()
    worker.must_go_on()
    around.release.set()
    assert around.next_seen() == "DELETE /jobs/1"
    assert worker.exit_status() == 0, worker.log()
    with pytest.raises(queue.Empty):
        around.seen.get_nowait()


def test_with_no_job_in_hand_it_exits_at_once(start: Start, around: Surroundings) -> None:
    worker = start("queue_worker.py", **around.settings, APP_SHUTDOWN=60)
    assert around.next_seen() == "GET /jobs/next"
    worker.terminate()
    assert worker.exit_status() == 0, worker.log()
    assert worker.since < 30


def test_a_job_that_does_not_end_is_cut_by_the_limit_and_not_confirmed(start: Start, around: Surroundings) -> None:
    around.jobs.put("1")
    limit = 4
    worker = start("queue_worker.py", **around.settings, APP_SHUTDOWN=limit)
    assert [around.next_seen(), around.next_seen()] == ["GET /jobs/next", "POST /call"]
    worker.terminate()
    worker.must_go_on()
    worker.terminate()
    assert worker.exit_status() == 0, worker.log()
    assert limit - 1.05 < worker.since < limit + 5
    with pytest.raises(queue.Empty):
        around.seen.get_nowait()
