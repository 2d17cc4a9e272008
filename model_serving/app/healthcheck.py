"""The image's HEALTHCHECK: python -m app.healthcheck ends with 0 when /ready says yes."""

import sys
from http.client import HTTPConnection, HTTPException

from app.settings import settings


def main() -> int:
    """Ask /ready of the service in this container, and print the answer for `docker inspect`."""
    connection = HTTPConnection("127.0.0.1", settings().port, timeout=3)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        print(answer.status, answer.read().decode())
    except (OSError, HTTPException) as error:
        print(error)
        return 1
    finally:
        connection.close()
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
