"""Is the trail whole?"""

from collections.abc import Iterator

from ahadi.data.models.act import Act as ActRow
from ahadi.data.models.act import ChainHead
from ahadi.domain.audit.steps import link, row_parts


def broken_links(organisation_id: int | None = None) -> Iterator[str]:
    """One sentence for each act whose digest, position or link does not hold, and each head that disagrees."""
    acts = ActRow.objects.order_by("organisation_id", "chain", "position")
    heads = ChainHead.objects.all()
    if organisation_id is not None:
        acts, heads = acts.filter(organisation_id=organisation_id), heads.filter(organisation_id=organisation_id)
    last: dict[tuple[int, int], tuple[int, bytes]] = {}
    for act in acts.iterator():
        place = (act.organisation_id, act.chain)
        position, digest = last.get(place, (0, bytes(32)))
        if act.position != position + 1:
            yield f"act {act.id}: position {act.position} of chain {act.chain} follows {position}"
        if bytes(act.previous) != digest:
            yield f"act {act.id}: does not follow the act before it in chain {act.chain}"
        if bytes(act.digest) != link(bytes(act.previous), row_parts(act)):
            yield f"act {act.id}: was changed after it was written"
        last[place] = (act.position, bytes(act.digest))
    for head in heads:
        if last.get((head.organisation_id, head.chain), (0, bytes(32))) != (head.position, bytes(head.digest)):
            yield f"chain {head.chain} of organisation {head.organisation_id}: acts are missing at its end"
