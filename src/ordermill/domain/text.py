"""Which text is accepted. Text that is accepted comes back byte for byte: nothing here changes it."""

from __future__ import annotations

import re

import msgspec

Fault = tuple[str, str]
"""An error's code, and what is expected instead."""


class TextRule(msgspec.Struct, frozen=True):
    """At most `limit` characters (code points); line breaks, tabs and format characters only in `paragraphs`."""

    limit: int
    paragraphs: bool = False


NAME = TextRule(200)
NOTE = TextRule(2_000, paragraphs=True)
DESCRIPTION = TextRule(5_000, paragraphs=True)

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(0x11)
)
_NEVER = "\ud800-\udfff" + _NONCHARACTERS
_REFUSED_IN_PARAGRAPHS = re.compile(f"[\x00-\x08\x0b-\x1f{_NEVER}]")
_REFUSED_IN_NAMES = re.compile(f"[\x00-\x1f\u200b\u2028-\u202e\u2066-\u2069\ufeff{_NEVER}]")
_VISIBLE = re.compile("[^\\s\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_BLANK: Fault = ("blank", "at least one visible character")
_INVALID_IN_PARAGRAPHS: Fault = ("invalid-text", "text without control characters other than line breaks and tabs")
_INVALID_IN_NAMES: Fault = ("invalid-text", "one line of text without control or invisible formatting characters")


def text_fault(text: str, rule: TextRule) -> Fault | None:
    """What is wrong with `text` under `rule`: too-long, invalid-text or blank; None if nothing is."""
    if len(text) > rule.limit:
        return ("too-long", f"at most {rule.limit:,} characters")
    if text.isascii() and text.isprintable():
        return _BLANK if not text or text.isspace() else None
    refused = _REFUSED_IN_PARAGRAPHS if rule.paragraphs else _REFUSED_IN_NAMES
    if refused.search(text):
        return _INVALID_IN_PARAGRAPHS if rule.paragraphs else _INVALID_IN_NAMES
    return None if _VISIBLE.search(text) else _BLANK


_ADDRESS = TextRule(254)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL_END = r"(?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = rf"(?:[A-Za-z0-9]{_LABEL_END}\.)+[A-Za-z]{_LABEL_END}"
_ASCII_DOMAIN = re.compile(_DOMAIN)
_ASCII_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_DOMAIN}")

_INVALID_EMAIL: Fault = ("invalid-email", "one e-mail address, such as ada@example.org")


def email_fault(text: str) -> Fault | None:
    """What is wrong with `text` as one e-mail address: invalid-email or a code of `text_fault`; None if nothing is.

    The domain needs a dot; quoted local parts, comments, display names and address literals are refused.
    """
    if text.isascii():
        # "=?" begins an encoded word, which mail programs would decode into something else.
        if len(text) <= _ADDRESS.limit and _ASCII_ADDRESS.fullmatch(text) and "=?" not in text:
            return None
        return _BLANK if not text.strip() else _INVALID_EMAIL
    return text_fault(text, _ADDRESS) or (None if _is_international(text) else _INVALID_EMAIL)


def _is_international(text: str) -> bool:
    from email_validator import EmailNotValidError, validate_email  # only few orders need it

    try:
        address = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return _ASCII_DOMAIN.fullmatch(address.ascii_domain or "") is not None
