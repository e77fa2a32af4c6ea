"""Jobs for this file's own worker; RQ imports them by their name."""

from rq import get_current_job


def add(a, b):
    return a + b


def fail():
    raise ValueError("as it should")


def fail_once():
    """Fails until it is tried again."""
    job = get_current_job()
    tries = job.connection.incr(f"tries:{job.id}")
    if tries == 1:
        raise ValueError("the first try")
    return f"try {tries}"


def progress(steps):
    job = get_current_job()
    for step in range(steps):
        job.meta["step"] = step + 1
        job.save_meta()
    return steps
