"""A page with a greeting."""

import bottle


@bottle.get("/")
def hello():
    """The greeting."""
    return "hello\n"


if __name__ == "__main__":
    bottle.run(host="0.0.0.0", port=8080)
