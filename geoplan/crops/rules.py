"""The rule by which a field is said to be converted, the same for a parcel and for a pixel.

The looks give each season a probability of rice, other annual crops, trees or weeds (`course`); the rule asks how sure
these are before the plan and in each of the last two main seasons. Where they are not sure enough nothing is said.

The plain rule of METHODS 2.2 (a season is trees where NDVI varies by less than 0.30 and no flooding is seen) was tried
first on the same synthetic scenes. It was right on fewer zones, above all at young orchards, at terraces with one crop
and with few looks; so the chain took its place.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from geoplan.crops.history import Seen

Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]

STATES = ("insufficient", "not_converted", "abandoned", "converting", "converted")
"""What a field is; a field's code is its place here."""
INSUFFICIENT, NOT_CONVERTED, ABANDONED, CONVERTING, CONVERTED = range(5)


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of the rule.

    Parameters
    ----------
    sure : float
        Probability from which a crop is said to have stood there, and, from 1 less it down, not to have.
    trees : float
        Probability from which trees, and not weeds, stand where no crop does any more.
    still : float
        Probability from which a crop in the last season means that nothing was converted.
    begun : float
        An orchard of one season is no more than begun: a crop in that season may be as likely as this.
    leaning : float
        Probability from which a pixel beside one that is sure of the same is taken to be so too.
    looks_year : int
        Fewest clear looks in a year of which anything is said.
    looks_season : int
        Fewest clear looks in the last season where it alone shows trees; where two do, one is enough in each.
    flood_looks : int
        Fewest clear looks on days of flooding before a rice field is said to be flooded no more.
    pure_pixels : int
        Fewest pixels wholly inside a zone; below it nothing is measured.
    seen_share : float
        Part of a zone that must be clear for a date to count as a look at the zone.
    """

    sure: float = 0.90
    trees: float = 0.90
    still: float = 0.80
    begun: float = 0.25
    leaning: float = 0.55
    looks_year: int = 8
    looks_season: int = 2
    flood_looks: int = 1
    pure_pixels: int = 4
    seen_share: float = 0.5

    def less_sure(self) -> "Rules":
        """The same rule, for pixels whose neighbours are sure."""
        return replace(self, sure=self.leaning, trees=min(self.trees, self.leaning), still=self.leaning)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """State of n fields, and flags of why: message keys to bool arrays of shape (n,)."""

    states: Codes
    reasons: dict[str, Flags] = field(default_factory=dict)


def to_trees(seen: Seen, rules: Rules) -> Verdicts:
    """Fields that were to go to perennial crops or trees.

    Converted: an annual crop before the plan, trees in each of the last two main seasons, no crop since. Trees in the
    last season alone: converting. Weeds in both: abandoned, which a photograph in the field must tell.
    """
    annual, trees, idle = (of[list(seen.recent)] for of in (seen.annual, seen.trees, seen.idle))
    doubt = 1 - rules.sure
    was_annual = seen.most_before(seen.annual) >= rules.sure
    was_trees = (seen.most_before(seen.trees) >= rules.sure) & (seen.most_before(seen.annual) <= doubt)
    again = _running(seen, seen.annual) >= rules.sure
    cleared = (annual <= doubt).all(axis=0)
    planted = cleared & (trees >= rules.trees).all(axis=0)
    grown = planted & ~seen.shrunk & (seen.looks_season > 0).all(axis=0)
    still = again | (annual[1] >= rules.still)
    already = was_trees & planted
    gone = (trees[0] >= rules.trees) & (trees[1] <= 1 - rules.trees)
    left = (annual[0] >= rules.sure) & (idle[1] >= rules.trees)
    begun = (annual[0] >= rules.sure) & (annual[1] <= rules.begun) & (trees[1] > idle[1])
    begun |= was_annual & (trees[0] <= 1 - rules.trees) & (trees[1] >= rules.trees)
    begun &= (seen.looks_season[1] >= rules.looks_season) & ~_between_crops(seen)
    weeds = cleared & (idle > trees).all(axis=0)
    thin = _thin(seen, rules)
    states = np.select(
        [thin, still | already, grown & was_annual, gone, begun, left, weeds],
        [INSUFFICIENT, NOT_CONVERTED, CONVERTED, NOT_CONVERTED, CONVERTING, NOT_CONVERTED, ABANDONED],
        INSUFFICIENT,
    ).astype(np.int8)
    no = states == NOT_CONVERTED
    waits = (states == INSUFFICIENT) & ~thin
    back = no & still & _trees_between(seen, rules)
    return Verdicts(
        states,
        {
            "crops.reason.thin": thin,
            "crops.reason.before_unseen": waits & grown,
            "crops.reason.season_unsure": waits & ~grown,
            "crops.reason.already_perennial": no & already & ~still,
            "crops.reason.back_again": back,
            "crops.reason.still_annual": no & still & ~back,
            "crops.reason.trees_gone": no & gone & ~still,
            "crops.reason.idle": no & left & ~gone & ~still,
            "crops.reason.photo": states == ABANDONED,
            "crops.reason.one_season": states == CONVERTING,
        },
    )


def to_dry_crops(seen: Seen, rules: Rules) -> Verdicts:
    """Rice fields that were to go to other annual crops: a crop as before, and no flooding any more.

    Converted takes rice seen before the plan (else nobody knows that it could be seen here) and enough looks on days
    of flooding since.
    """
    rice, dry, trees, idle = (of[list(seen.recent)] for of in (seen.rice, seen.dry, seen.trees, seen.idle))
    was_rice = seen.most_before(seen.rice) >= rules.sure
    still = (rice[1] >= rules.still) | (_running(seen, seen.rice) >= rules.sure)
    planted = (trees >= rules.trees).all(axis=0)
    watched = seen.flood_looks >= rules.flood_looks
    left = (rice[0] >= rules.sure) & (idle[1] >= rules.trees)
    weeds = (seen.annual[list(seen.recent)] <= 1 - rules.sure).all(axis=0) & (idle > trees).all(axis=0)
    thin = _thin(seen, rules)
    states = np.select(
        [
            thin,
            still | planted,
            ~was_rice | ~watched,
            (dry >= rules.sure).all(axis=0),
            (rice[0] >= rules.sure) & (dry[1] >= rules.sure),
            left,
            weeds,
        ],
        [INSUFFICIENT, NOT_CONVERTED, INSUFFICIENT, CONVERTED, CONVERTING, NOT_CONVERTED, ABANDONED],
        INSUFFICIENT,
    ).astype(np.int8)
    no = states == NOT_CONVERTED
    waits = (states == INSUFFICIENT) & ~thin
    return Verdicts(
        states,
        {
            "crops.reason.thin": thin,
            "crops.reason.rice_unseen": waits & ~was_rice,
            "crops.reason.flood_days_unseen": waits & was_rice & ~watched,
            "crops.reason.season_unsure": waits & was_rice & watched,
            "crops.reason.still_rice": no & still,
            "crops.reason.trees_instead": no & planted & ~still,
            "crops.reason.idle": no & left & ~planted & ~still,
            "crops.reason.photo": states == ABANDONED,
            "crops.reason.one_season": states == CONVERTING,
        },
    )


def _thin(seen: Seen, rules: Rules) -> Flags:
    return np.asarray((seen.looks_recent < rules.looks_year) | (seen.looks_before < rules.looks_year))


def _running(seen: Seen, of: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Highest probability in a season that began after the last two; 0 where none did."""
    return np.asarray(of[list(seen.running)].max(axis=0, initial=0.0))


def _between_crops(seen: Seen) -> Flags:
    """True where a season before the last two looked like trees between two crops: weeds look so on these terraces."""
    found = np.zeros(seen.trees.shape[1], dtype=bool)
    for i in range(1, seen.recent[1] - 1):
        found |= (seen.trees[i] > seen.annual[i]) & (np.minimum(seen.annual[i - 1], seen.annual[i + 1]) > 0.5)
    return found


def _trees_between(seen: Seen, rules: Rules) -> Flags:
    """True where trees stood in two seasons running after an annual crop was seen before the plan."""
    found = np.zeros(seen.trees.shape[1], dtype=bool)
    began = np.zeros_like(found)
    for i, trees in enumerate(seen.trees >= rules.trees):
        if i > 0:
            found |= began & trees & (seen.trees[i - 1] >= rules.trees)
        began |= seen.before[i] & (seen.annual[i] >= rules.sure)
    return found
