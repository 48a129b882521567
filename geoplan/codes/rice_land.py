"""What the law says of turning rice and other annual land to another crop, judged on one piece of ground.

Source: Decree 112/2024/NĐ-CP, articles 3, 5, 6, 7.
"""

from geoplan import codes

VERDICTS = ("refused", "to_forest", "look", "lawful")
"""From the gravest: a zone's verdict is the gravest of its pieces'."""

LAW = {
    ("LUC", "perennial"): ("refused", "conversion.reason.luc_perennial"),
    ("LUC", "annual"): ("lawful", "conversion.reason.luc_annual"),
    ("LUC", "aquaculture"): ("look", "conversion.reason.aquaculture"),
    ("LUK", "perennial"): ("lawful", "conversion.reason.luk"),
    ("LUK", "annual"): ("lawful", "conversion.reason.luk"),
    ("LUK", "aquaculture"): ("look", "conversion.reason.aquaculture"),
    ("HNK", "perennial"): ("lawful", "conversion.reason.hnk"),
    ("HNK", "annual"): ("lawful", "conversion.reason.hnk"),
    ("HNK", "aquaculture"): ("look", "conversion.reason.aquaculture_not_rice"),
}
"""Verdict and reason by today's land code and target group; what is not here needs a look."""

OTHER_LAND = {
    "LUA": "conversion.reason.which_rice",
    "LUN": "conversion.reason.upland_rice",
    "CHN": "conversion.reason.which_annual",
    "COC": "conversion.reason.which_annual",
}
"""Codes of old sets and of groups that do not say which land it is today."""

LAND_OF_CROP = {"rice": ("LUC", "LUK", "LUA")}
"""Land codes on which a crop is at home; rice elsewhere is named."""


def judge(land_code: str | None, to_group: str | None) -> tuple[str, str]:
    """Verdict and the message key of its reason for one piece of ground.

    Examples
    --------
    >>> judge("LUC", "perennial")
    ('refused', 'conversion.reason.luc_perennial')
    >>> judge("LUK", "perennial")
    ('lawful', 'conversion.reason.luk')
    """
    written, code = codes.spelled(land_code), codes.current_land_code(land_code)
    if to_group == "forest":
        return "to_forest", "conversion.reason.to_forest"
    if to_group is None:
        return "look", "conversion.reason.no_group"
    if written is None:
        return "look", "conversion.reason.no_land_code"
    if code is None:
        return "look", "conversion.reason.land_code_unknown"
    if written in OTHER_LAND:
        return "look", OTHER_LAND[written]
    return LAW.get((code, to_group), ("look", "conversion.reason.not_annual_land"))


def at_home(crop: str | None, land_code: str | None) -> bool:
    """False where a crop stands on land that is not its own: rice on no rice land; True where nothing can be said."""
    code = codes.current_land_code(land_code)
    home = LAND_OF_CROP.get(crop or "", ())
    return not home or code is None or code in home
