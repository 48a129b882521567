"""Nouns of a schema: what a field is called, what its values are, and where else its name is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What the values of a field are, in the frame after the door (and how missing ones are written)."""

    TEXT = "text"  # object of str, None
    KEY = "key"  # object of str, None; 12.0 in the file is "12"
    UNIT = "unit"  # object of five digits, None; 1879 in the file is "01879"
    INTEGER = "integer"  # Int64, NA
    YEAR = "year"  # Int64, NA; 0 is missing
    NUMBER = "number"  # float64, NaN
    DATE = "date"  # object of datetime.date, None
    CHOICE = "choice"  # object of str out of `Field.choices`, None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a field.

    Parameters
    ----------
    name : str
        As an office writes it; case, accents and underscores do not matter.
    factor : float
        What its values are multiplied by: a column of square kilometres has 100 for hectares.
    rank : int
        0 before the field's own name (1); 2 as good as the other names; 3 only where nothing else fits.
    """

    name: str
    factor: float = 1.0
    rank: int = 2


def named(*names: str, factor: float = 1.0, rank: int = 2) -> tuple[Alias, ...]:
    """Aliases of one factor and rank."""
    return tuple(Alias(name, factor, rank) for name in names)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a role.

    Parameters
    ----------
    name : str
        Column of the frame.
    kind : Kind
        What its values are.
    meaning : str
        Vietnamese, for the data dictionary.
    required : bool
        The column must exist, and no value may be missing.
    private : bool
        Never in a public edition.
    aliases : tuple of Alias
        Other names.
    choices : mapping
        For `Kind.CHOICE`: value to its other spellings.
    strict : bool
        True: a value that cannot be read is refused. False: told, and missing.
    blanks : bool
        True where a required field may have missing values (a check of its own weighs them).
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    private: bool = False
    aliases: tuple[Alias, ...] = ()
    choices: Mapping[str, tuple[Alias, ...]] = field(default_factory=dict)
    strict: bool = True
    blanks: bool = False


class Shape(StrEnum):
    """Geometry that a role accepts."""

    POLYGON = "polygon"
    POINT = "point"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Schema:
    """One role.

    Parameters
    ----------
    role : str
        Name in the project file.
    key : str
        Field that names a feature: unique, never blank.
    shapes : tuple of Shape
        Accepted geometry; a layer has one of them.
    fields : tuple of Field
        In the order of the frame's columns.
    alone : bool
        True where features may not share ground: an overlap would be counted twice.
    """

    role: str
    key: str
    shapes: tuple[Shape, ...]
    fields: tuple[Field, ...]
    alone: bool = False
    by_name: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", MappingProxyType({f.name: f for f in self.fields}))

    @property
    def private(self) -> tuple[str, ...]:
        """Fields that never reach a public edition."""
        return tuple(f.name for f in self.fields if f.private)
