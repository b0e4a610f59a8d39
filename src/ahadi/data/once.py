"""Answers that are given once while a page is made: what does not change between two of its parts is asked for once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Until its end, what is `asked_once` is asked for once for the same arguments."""
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


@contextmanager
def asking_anew() -> Iterator[None]:
    """Until its end everything is asked for whenever it is wanted, and nothing that was told before is told after.

    An act is made so: it decides by what is, under its locks, and what it changed is seen after it.
    """
    token = _answers.set(None)
    try:
        yield
    finally:
        _answers.reset(token)
        known = _answers.get()
        if known is not None:
            known.clear()


def asked_once(question: F) -> F:
    """Marks a question whose answer stays the same while one page is made; its arguments are hashable.

    Nothing is remembered outside of `remembering`, and nobody may change what they are given.
    """

    @wraps(question)
    def asked(*args: Any, **kwargs: Any) -> Any:
        known = _answers.get()
        if known is None:
            return question(*args, **kwargs)
        key = (question, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = question(*args, **kwargs)
        return known[key]

    return cast(F, asked)
