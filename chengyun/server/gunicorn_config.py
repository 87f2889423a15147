"""How the web server runs: threads, bounded requests, and the clock of the installation in each worker."""

worker_class = "gthread"
timeout = 60
graceful_timeout = 10
keepalive = 15
limit_request_line = 8190
limit_request_fields = 60
max_requests = 200_000
max_requests_jitter = 20_000
accesslog = None
loglevel = "warning"
# Its socket is for this user and group: whoever may write to it is believed about where a request comes from.
umask = 0o007


def post_fork(server, worker):
    from chengyun.server.supervisor import end_with_parent

    # A worker whose master was killed would keep the port from the next one for as long as its requests take.
    end_with_parent()


def post_worker_init(worker):
    from django.db import Error

    from chengyun.kernel import clock
    from chengyun.server.time import AtFirstUse, install_stored_clock

    try:
        install_stored_clock()
    except Error:
        # The database is away. A worker that does not start would take the whole server down; this one answers 503.
        clock.install(AtFirstUse())
