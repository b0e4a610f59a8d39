"""Two things that hold for every figure of the kernel: the order of rows never matters, nor does company."""

from collections.abc import Callable, Sequence

import polars as pl
from polars.testing import assert_frame_equal


def assert_order_is_free(call: Callable[..., pl.DataFrame], *frames: pl.DataFrame) -> None:
    """The same result when every frame comes backwards."""
    assert_frame_equal(call(*frames), call(*(frame.reverse() for frame in frames)))


def assert_alone_as_among_many(
    call: Callable[..., pl.DataFrame], frames: Sequence[pl.DataFrame], key: str, *, results_by: str | None = None
) -> None:
    """The rows of one account are the same when it is computed by itself; a frame without the key is given
    whole.
    """
    whole = call(*frames)
    of_result = results_by or key
    for value in frames[0][key].unique().sort().to_list():
        own = [frame.filter(pl.col(key) == value) if key in frame.columns else frame for frame in frames]
        assert_frame_equal(call(*own), whole.filter(pl.col(of_result) == value))
