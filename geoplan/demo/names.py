"""Names that nobody bears."""

_FAMILY = ("Hoàng", "Nông", "Triệu", "Lường", "Bàn", "Đặng", "Ma", "Hà", "Lý", "Dương", "Sằm", "Vi")
_MIDDLE = ("Văn", "Thị", "Đình", "Thu")
_GIVEN = ("Giảlập", "Thửnghiệm", "Vídụ", "Minhhoạ", "Nháp", "Bịađặt", "Tưởngtượng")


def person(number: int) -> str:
    """Made-up name of a number 0, 1, 2, ...; its last words say that it is one."""
    family = _FAMILY[number % len(_FAMILY)]
    middle = _MIDDLE[number // len(_FAMILY) % len(_MIDDLE)]
    return f"{family} {middle} {_GIVEN[number // 48 % len(_GIVEN)]} {number:03d}"
