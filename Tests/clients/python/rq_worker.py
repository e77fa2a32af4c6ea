"""RQ: jobs are enqueued, a worker does them, fails, tries again, and keeps their results."""

import logging

import rq_jobs
from connecting import connect, expect
from rq import Queue, Retry, SimpleWorker
from rq.job import Job

# RQ pickles, so it wants bytes.
connection = connect(decode_responses=False)
logging.disable(logging.ERROR)
high, low = Queue("high", connection=connection), Queue("low", connection=connection)

sums = [low.enqueue(rq_jobs.add, number, 1) for number in range(10)]
first = high.enqueue(rq_jobs.add, 40, 2)
broken = low.enqueue(rq_jobs.fail)
stubborn = low.enqueue(rq_jobs.fail_once, retry=Retry(max=2))
steps = low.enqueue(rq_jobs.progress, 5)
after = low.enqueue(rq_jobs.add, 100, 100, depends_on=steps)
cancelled = low.enqueue(rq_jobs.add, 0, 0)
cancelled.cancel()
unique = low.enqueue(rq_jobs.add, 1, 1, job_id="known", meta={"who": "me"}, result_ttl=100, failure_ttl=50)
expect((len(high), len(low), after.get_status().value), (1, 14, "deferred"), "what waits")

worker = SimpleWorker([high, low], connection=connection, name="worker")
expect(worker.work(burst=True, logging_level="CRITICAL"), True, "the worker worked")

expect([job.return_value() for job in sums], list(range(1, 11)), "the results")
expect(first.return_value(), 42, "the urgent one")
expect(first.latest_result().created_at <= sums[0].latest_result().created_at, True, "and it came first")
expect((broken.get_status().value, len(low.failed_job_registry)), ("failed", 1), "a job that failed")
expect("ValueError: as it should" in broken.latest_result().exc_string, True, "why it failed")
expect((stubborn.get_status(refresh=True).value, stubborn.return_value()), ("finished", "try 2"), "a second try")
expect((steps.get_meta(refresh=True), after.return_value()), ({"step": 5}, 200), "a job after another")
expect(cancelled.get_status().value, "canceled", "a job that was cancelled")
expect(Job.fetch("known", connection=connection).meta, {"who": "me"}, "a job found by its name")
expect((len(high), len(low), low.finished_job_registry.count), (0, 0, 14), "all is done")

expect(low.failed_job_registry.requeue(broken.id) is not None, True, "the failed one again")
expect(SimpleWorker([low], connection=connection).work(burst=True, logging_level="CRITICAL"), True, "a worker")
expect(broken.get_status(refresh=True).value, "failed", "fails again")
expect(low.empty() or len(low), 0, "the queue is empty")
