"""What runs in the two processes of ``serve``: ``python -m lantian.cli.child web|worker …``."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import threading
from typing import Any


def hold_on_to(lifeline: int) -> None:
    """End this process in order when the supervisor is gone: then the other end of the pipe closes."""

    def watch() -> None:
        os.read(lifeline, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def serve_web(options: argparse.Namespace) -> int:
    """Prepare the data folder, then answer requests."""
    from lantian.cli import prepare

    prepare.prepare()
    if options.mode == "demo":
        prepare.load_demo()
    setup_path = prepare.setup_address()
    import uvicorn

    from lantian.web.asgi import application

    class Server(uvicorn.Server):
        """Says when it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                # Shown before the supervisor goes on, so that the lines keep their order.
                prepare.greet(options.host, options.port, setup_path)
                os.write(options.ready, b"ready")
                os.close(options.ready)

    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # The settings decide whether a proxy is believed.
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=10,
        limit_concurrency=500,
    )
    server = Server(config)
    server.run(sockets=[socket.socket(fileno=options.socket)])
    return 0 if server.started else 1


def serve_jobs(options: argparse.Namespace) -> int:
    """Do the jobs of the queue."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantian.web.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.utils.module_loading import autodiscover_modules
    from huey.contrib.djhuey import HUEY

    autodiscover_modules("tasks")
    os.write(options.ready, b"ready")
    os.close(options.ready)
    options_of_consumer: dict[str, Any] = settings.HUEY["consumer"]  # type: ignore[assignment]
    HUEY.create_consumer(**options_of_consumer).run()
    return 0


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="lantian.cli.child")
    parser.add_argument("role", choices=["web", "worker"])
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--ready", type=int, required=True)
    parser.add_argument("--socket", type=int)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int)
    parser.add_argument("--mode", choices=["office", "demo"], default="office")
    options = parser.parse_args()
    hold_on_to(options.lifeline)
    # What the office stores is for its own account on the machine alone.
    os.umask(0o077)
    from lantian.cli.prepare import NotReady

    try:
        return serve_web(options) if options.role == "web" else serve_jobs(options)
    except NotReady as error:
        print(error, file=sys.stderr, flush=True)
        return 2
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
