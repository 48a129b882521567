"""Old communes and new: what a commune code meant on a day, and where the ground of an old commune went.

On 1 July 2025 the communes of Thái Nguyên were merged, and every new code re-uses the code of one of its own old
communes (01879 was Cổ Linh and is Cao Minh). A code without a day therefore says nothing, and a name says less: names
repeat across districts. `Lineage.now` asks for both, code and day. The mergers of 2013, 2020 and 2024 before it did
the same with codes; they stand in ``codes/communes_2009.csv``, reviewed one by one.

`open_outlines` ties outlines of 2009 to old communes, `mismatch` tells in hectares how far they are from the boundaries
of today, `redistribute` brings old figures to new communes, `explain_codes` says which `maxa` of forest lots is an old
code, and `tell` puts all of it into problems for the reader.
"""

from geoplan.lineage.crosswalk import Lineage, read
from geoplan.lineage.ground import mismatch, redistribute
from geoplan.lineage.lot_codes import explain_codes
from geoplan.lineage.outlines import open_outlines
from geoplan.lineage.telling import tell

__all__ = ["Lineage", "explain_codes", "mismatch", "open_outlines", "read", "redistribute", "tell"]
