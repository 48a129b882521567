"""Files of an office taken in: what was found, what will change, and then a clean copy with a record of it.

`examine` says everything about the layers of one file and changes nothing. `Landing` writes the clean GeoPackages, each
with the originals of every changed text inside and a record beside it. `check_project` and `repair` do the same for the
layers that a project already names. `picture` makes the page with the map of problems.
"""

from geoplan.intake.examining import examine
from geoplan.intake.landing import Landed, Landing
from geoplan.intake.projects import Checked, check_project
from geoplan.intake.records import Asked, Finding, Ground

__all__ = ["Asked", "Checked", "Finding", "Ground", "Landed", "Landing", "check_project", "examine"]
