"""Settings that all tests share."""

from hypothesis import settings

# The same examples on every machine and in every run; compiling a kernel may take any time.
settings.register_profile("edu_optim", derandomize=True, deadline=None)
settings.load_profile("edu_optim")
