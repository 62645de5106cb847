"""Plays the scenarios that arrive on stdin and prints one line for each: its name, a tab, and what the driver showed."""
import sys


def show(value):
    """Types are shown too: a number that comes back as text is another answer."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(show(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{show(key)}: {show(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (memoryview, bytearray)):
        value = bytes(value)
    return f"{type(value).__name__}:{value!r}"


def refusal(state_of, work):
    """SQLSTATE of the error that `work` must end in."""
    try:
        work()
    except Exception as error:
        return state_of(error)
    raise AssertionError("an error was expected")


def statements():
    return [line.rstrip("\n").split("\t") for line in sys.stdin if line.strip()]


def tell(name, work):
    try:
        seen = work()
    except Exception as error:
        seen = "failed: " + " ".join(str(error).split())
    print(f"{name}\t{seen}", flush=True)


def play(query, state_of, habits):
    for kind, name, sql, *_ in statements():
        tell(name, lambda: show(query(sql)) if kind == "value" else refusal(state_of, lambda: query(sql)))
    for name, habit in habits.items():
        tell(name, lambda: show(habit()))
