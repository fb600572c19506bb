"""What is counted of turns, for a host to watch. Nothing in it tells who asked, or what."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from adapters.delivery import Delivery
from adapters.lanes import Lanes
from core.events import ReplyFailed, ReplyFinished

__all__ = ["Metrics"]

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """Counters and histograms.

    Args:
        registry: Where they are kept.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, what: str, *labels: str) -> Counter:
            return Counter(f"matinee_{name}", what, labels, registry=registry)

        def seconds(name: str, what: str, *labels: str) -> Histogram:
            return Histogram(f"matinee_{name}_seconds", what, labels, registry=registry, buckets=_SECONDS)

        self._turns = counter("turns", "Turns that ended, by how.", "platform", "end")
        self._stages = seconds("stage", "Duration of a stage.", "stage")
        self._first_text = seconds(
            "first_text", "From an answer's start to its first text shown.", "platform"
        )
        self._calls = counter("calls", "Calls to show answers.", "platform")
        self._busy = counter("rate_limited", "Calls that the platform was too busy for.", "platform")
        self._tokens = counter("model_tokens", "Tokens of language models.", "model", "direction")
        self._faults = counter("model_faults", "Answers that a model did not write all of, by why.", "code")
        self._failovers = counter("failovers", "Answers by someone else than the first model.", "writer")
        self._refused = counter("requests_refused", "Requests past a budget.", "platform")
        self._waiting = Gauge("matinee_queue_depth", "Requests that wait.", registry=registry)
        self._running = Gauge("matinee_answers_under_way", "Conversations under way.", registry=registry)

    def finished(self, platform: str, end: ReplyFinished) -> None:
        """A turn was answered."""
        self._turns.labels(platform, end.finish_reason).inc()
        for stage, milliseconds in end.timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)
        if end.written_by:
            self._tokens.labels(end.written_by, "input").inc(end.usage.input_tokens)
            self._tokens.labels(end.written_by, "output").inc(end.usage.output_tokens)
        if end.fault:
            self._faults.labels(end.fault).inc()
            self._failovers.labels(end.written_by or "composer").inc()

    def failed(self, platform: str, end: ReplyFailed) -> None:
        """A turn failed."""
        self._turns.labels(platform, end.code).inc()

    def delivered(self, platform: str, delivery: Delivery) -> None:
        """An answer was shown."""
        self._calls.labels(platform).inc(delivery.calls)
        self._busy.labels(platform).inc(delivery.busy)
        if delivery.first_text_seconds is not None:
            self._first_text.labels(platform).observe(delivery.first_text_seconds)

    def watch(self, lanes: Lanes) -> None:
        """Tell at all times how much is under way, and how much waits."""
        self._waiting.set_function(lambda: lanes.waiting)
        self._running.set_function(lambda: lanes.running)

    def refused(self, platform: str) -> None:
        """A request was refused."""
        self._refused.labels(platform).inc()
