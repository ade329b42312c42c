"""What every property here is run with."""

from hypothesis import HealthCheck, settings

# No deadline: how long one example takes is no property. The number of examples is the profile's.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
