"""Design-based estimation: areas with intervals from a reference sample.

A map counted pixel by pixel has a bias that no count shows. A sample whose points were drawn by a known design and read
by people corrects it and says how far off the figure may still be. `estimates` has what measures use, `matrix` the
error matrix, `design` how many points and where, `readers` how two interpreters agree.

Intervals are value -+ 1.96 standard errors (95 %), cut to what can be.
"""

from geoplan.sampling.estimates import Estimate, post_stratified, stratified_difference
from geoplan.sampling.ratios import clustered, ratio
from geoplan.sampling.strata import thin_strata

__all__ = ["Estimate", "clustered", "post_stratified", "ratio", "stratified_difference", "thin_strata"]
