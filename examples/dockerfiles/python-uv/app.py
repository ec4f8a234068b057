"""A page with a greeting."""

import bottle


@bottle.get("/")
def hello():
    """The greeting."""
    return "hello\n"


if __name__ == "__main__":
    bottle.run(host="", port=8080)
