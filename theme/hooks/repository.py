"""Where the repository is, on the pages that say how to install or use it: REPO_URL alone says so, when the site is built.

Without it the pages speak of a checkout, and of an address that the reader fills in.
"""

from __future__ import annotations

from urllib.parse import urlsplit

#: What the pages write where the address is not known: of a clone, and of an action on GitHub.
CLONE, ACTION = "https://example.com/where/you/keep/this.git", "where-you-keep/this@"
INSTALL = "$ python -m pip install .\n"


def named(markdown: str, url: str | None) -> str:
    """A page with the repository's address in its commands and files, if there is one."""
    if not url:
        return markdown
    url = url.rstrip("/").removesuffix(".git")
    path = urlsplit(url).path.strip("/")
    clone = f"$ git clone {url}.git && cd {path.rpartition('/')[2]}\n{INSTALL}"
    return markdown.replace(CLONE, f"{url}.git").replace(ACTION, f"{path}@").replace(INSTALL, clone)
