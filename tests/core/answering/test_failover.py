"""When a model is asked again."""

import pytest

from core.answering.failover import CircuitBreaker
from core.errors import (
    AnswerCut,
    ContentRefused,
    ModelBusy,
    ModelFault,
    ModelForbidden,
    ModelUnavailable,
    PromptTooLong,
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock)


def test_three_failures_in_a_row_make_it_rest_and_one_trial_tells(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    for _ in range(3):
        assert breaker.allows()
        breaker.failed(ModelUnavailable("away"))
    assert not breaker.allows()
    clock.now += 31
    assert breaker.allows(), "the trial"
    assert not breaker.allows(), "the others wait for it"
    breaker.succeeded()
    assert breaker.allows()


def test_a_trial_that_fails_makes_it_rest_again(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        breaker.failed(AnswerCut("cut"))
    clock.now += 31
    assert breaker.allows()
    breaker.failed(ModelUnavailable("away"))
    clock.now += 29
    assert not breaker.allows()
    clock.now += 2
    assert breaker.allows()


def test_a_success_between_starts_the_count_anew(breaker: CircuitBreaker) -> None:
    for _ in range(5):
        breaker.failed(ModelUnavailable("away"))
        breaker.succeeded()
    assert breaker.allows()


@pytest.mark.parametrize(
    ("fault", "seconds"), [(ModelBusy("busy", 12.0), 12.0), (ModelForbidden("no"), 300.0)]
)
def test_it_rests_as_long_as_it_asks_for_or_as_no_waiting_mends(
    breaker: CircuitBreaker, clock: Clock, fault: ModelFault, seconds: float
) -> None:
    breaker.failed(fault)
    clock.now += seconds - 1
    assert not breaker.allows()
    clock.now += 2
    assert breaker.allows()


@pytest.mark.parametrize("fault", [ContentRefused("no"), PromptTooLong("long")])
def test_what_lies_in_the_request_says_nothing_of_the_model(
    breaker: CircuitBreaker, fault: ModelFault
) -> None:
    for _ in range(9):
        breaker.failed(fault)
    assert breaker.allows()
