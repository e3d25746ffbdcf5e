"""Somebody who is signed in, without a browser."""

import re
import urllib.error
import urllib.parse
import urllib.request

from partnership import PASSWORD


class Session:
    """Somebody who is signed in, without a browser's own doings."""

    def __init__(self, partnership, kind, name):
        self.partnership, self.kind = partnership, kind
        handler = urllib.request.HTTPCookieProcessor()
        self.opener = urllib.request.build_opener(handler)
        self.ask("/", {"sign-in-name": name, "sign-in-password": PASSWORD})

    def ask(self, path, form=None):
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(self.partnership.address(self.kind, path), data) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()

    def send(self, path, **form):
        """Sends a form of a page, with what the page puts into it."""
        _, page = self.ask(path)
        token = re.search(r'name="form-token" value="([0-9a-f]+)"', page)
        return self.ask(path, {"form-token": token.group(1) if token else "", **form})
