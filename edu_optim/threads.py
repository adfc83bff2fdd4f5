"""One thread for matrix products: those of the lessons are small, and two threads that wait for each other on a busy
machine take a hundred times as long as one."""

BLAS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def one_thread_each(environ):
    """Let every process with these environment variables use one, unless they say something else already.

    Examples
    --------
    >>> environ = {"OMP_NUM_THREADS": "2"}
    >>> one_thread_each(environ)
    >>> environ["OMP_NUM_THREADS"], environ["OPENBLAS_NUM_THREADS"]
    ('2', '1')
    """
    for name in BLAS:
        environ.setdefault(name, "1")
