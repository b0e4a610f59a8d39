"""How the worked tables of the pages on offers and on the chance of a promise are run."""

from collections.abc import Callable

import polars as pl

from ahadi.kernel import chance, offer, worth

from .page_runners import Frames, day_of, frame_of
from .worked_tables import Example


def _offers(example: Example) -> Frames:
    given = (
        frame_of(example, name, spec)
        for name, spec in (
            ("offers", offer.OFFERS),
            ("parts", offer.PARTS),
            ("terms", offer.TERMS),
            ("levels", offer.LEVELS),
        )
    )
    verdicts, refusals = offer.judge(*given, as_of=day_of(example))
    return {"verdicts": verdicts, "refusals": refusals}


def _worth(example: Example) -> Frames:
    payers = frame_of(example, "payers", worth.PAYERS)
    promises = worth.asked(frame_of(example, "parts", offer.PARTS), payers, as_of=day_of(example))
    found = chance.chances(promises, chance.learn(frame_of(example, "past", chance.MATURED)))
    offers = frame_of(example, "offers", offer.OFFERS)
    made = worth.worth(
        offers, promises, found, payers, as_of=day_of(example), year_bps=int(example.options["year"]) * 100
    )
    return {"chances": promises.join(found, on="ask_id").sort("ask_id"), "worth": made}


def _chance(example: Example) -> Frames:
    cells = chance.learn(frame_of(example, "past", chance.MATURED))
    found: pl.DataFrame = chance.chances(frame_of(example, "promises", chance.ASKED), cells)
    return {"chances": found}


OFFER_RUNNERS: dict[str, Callable[[Example], Frames]] = {"offers": _offers, "worth": _worth, "chance": _chance}
