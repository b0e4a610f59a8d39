"""The mark by which the console tells a refusal, one sentence, from a fault, a traceback."""


class Refusal(Exception):
    """A sentence for the operator: what was refused, which object, why, what to do."""

    is_refusal = True
