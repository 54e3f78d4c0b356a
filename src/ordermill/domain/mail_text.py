"""A mail's content as plain text and as HTML that reads well on a phone, in light and dark."""

from __future__ import annotations

from html import escape
from typing import Final

from ordermill.domain.mail import MailContent

_WIDEST: Final = 48
"""Columns that amounts are aligned to at most; that of a longer line stands below it."""

# Colours are inline, as many programs drop style sheets; those that know dark schemes take them from this one.
_HEAD: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{heading}</title>
<style>
:root {{ color-scheme: light dark; }}
@media (prefers-color-scheme: dark) {{
.page {{ background: #14171c !important; }}
.card {{ background: #1f242b !important; border-color: #343b45 !important; }}
.ink {{ color: #e8ebef !important; }}
.soft {{ color: #a4adb8 !important; }}
.rule {{ border-color: #343b45 !important; }}
.button {{ background: #7cb2ff !important; color: #0b1c33 !important; }}
}}
</style>
</head>
"""
_BODY: Final = """\
<body class="page" style="margin:0;padding:0;background:#f3f4f6;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr>
<td align="center" style="padding:24px 12px;">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" \
style="max-width:560px;background:#ffffff;border:1px solid #e2e5ea;border-radius:12px;"><tr>
<td style="padding:28px 24px;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Arial,sans-serif;">
<h1 class="ink" style="margin:0 0 20px;font-size:22px;line-height:1.3;color:#16202c;">{heading}</h1>
{paragraphs}
{facts}{lines}{button}{notes}</td>
</tr></table>
</td>
</tr></table>
</body>
</html>
"""
_FACTS: Final = """\
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:4px 0 20px;">
{}
</table>
"""
_LINES: Final = """\
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px;">
{lines}
<tr>
<td class="ink rule" style="padding:12px 12px 0 0;border-top:2px solid #d5dae1;font-size:16px;font-weight:600;\
color:#16202c;">Total</td>
<td class="ink rule" align="right" style="padding:12px 0 0;border-top:2px solid #d5dae1;font-size:16px;\
font-weight:600;color:#16202c;white-space:nowrap;">{total}</td>
</tr>
</table>
"""
_BUTTON: Final = """\
<a class="button" href="{}" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#1a5fd0;\
color:#ffffff;font-size:16px;font-weight:600;text-decoration:none;">{}</a>
"""
_NOTE: Final = (
    '<p class="soft" dir="auto" style="margin:20px 0 0;font-size:14px;line-height:1.5;color:#5b6673;'
    'overflow-wrap:anywhere;">{}</p>\n'
)
_LEAVE: Final = '<a class="soft" href="{}" style="color:#5b6673;">Unsubscribe</a>'
_PARAGRAPH: Final = (
    '<p class="ink" dir="auto" style="margin:0 0 16px;font-size:16px;line-height:1.5;color:#16202c;'
    'overflow-wrap:anywhere;">{}</p>'
)
_FACT: Final = (
    '<tr><td class="soft" valign="top" style="padding:2px 12px 2px 0;font-size:14px;line-height:1.5;color:#5b6673;'
    'white-space:nowrap;">{}</td><td class="ink" dir="auto" width="100%" style="padding:2px 0;font-size:14px;'
    'line-height:1.5;color:#16202c;overflow-wrap:anywhere;">{}</td></tr>'
)
_LINE: Final = (
    '<tr><td class="ink rule" dir="auto" valign="top" style="padding:10px 12px 10px 0;border-top:1px solid #e2e5ea;'
    'font-size:16px;line-height:1.4;color:#16202c;overflow-wrap:anywhere;">{}</td>'
    '<td class="ink rule" align="right" valign="top" style="padding:10px 0;border-top:1px solid #e2e5ea;'
    'font-size:16px;line-height:1.4;color:#16202c;white-space:nowrap;">{}</td></tr>'
)


def mail_text(content: MailContent) -> str:
    """The content as plain text."""
    facts = "\n".join(f"{label}: {value}" for label, value in content.facts)
    leads = [f"{content.action}: {content.link}"] if content.link else []
    leave = [f"Unsubscribe: {content.leave}"] if content.leave else []
    blocks = [content.greeting, *content.paragraphs, facts, _table(content), *leads, *content.notes, *leave]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(content: MailContent) -> str:
    """What was ordered, and the total; empty without."""
    if not content.total:
        return ""
    rows = [*content.lines, ("Total", content.total)]
    width = min(_WIDEST, max(len(label) for label, _ in rows))
    amounts = max(len(amount) for _, amount in rows)
    table = [_row(label, amount, width, amounts) for label, amount in rows]
    return "\n".join([*table[:-1], *([""] if content.lines else []), table[-1]])


def _row(label: str, amount: str, width: int, amounts: int) -> str:
    over = f"  {label}\n" if len(label) > width else ""
    return f"{over}  {'' if over else label:<{width}}   {amount:>{amounts}}"


def mail_html(content: MailContent) -> str:
    """The same as HTML: all text in it is escaped, nothing is loaded, nothing runs."""
    heading = escape(content.heading)
    facts = "\n".join(_FACT.format(escape(label), escape(value)) for label, value in content.facts)
    lines = "\n".join(_LINE.format(escape(label), escape(amount)) for label, amount in content.lines)
    notes = [escape(text) for text in content.notes]
    if content.leave:
        notes.append(_LEAVE.format(escape(content.leave)))
    return _HEAD.format(heading=heading) + _BODY.format(
        heading=heading,
        paragraphs="\n".join(_PARAGRAPH.format(escape(text)) for text in (content.greeting, *content.paragraphs)),
        facts=_FACTS.format(facts) if facts else "",
        lines=_LINES.format(lines=lines, total=escape(content.total)) if content.total else "",
        button=_BUTTON.format(escape(content.link), escape(content.action)) if content.link else "",
        notes="".join(_NOTE.format(text) for text in notes),
    )
