"""Whether what a labeller sees is what a text says.

A wrong MATCH hides a mistake, a wrong MISMATCH accuses somebody of one; so a verdict needs words that are known to name
things, and labels that are certain enough. All else is INCONCLUSIVE.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ordermill.domain.images import UNCHECKED_WARNING, Judgement, Label, Verdict
from ordermill.domain.lexicon import GENERIC, Lexicon, lexicon
from ordermill.domain.words import counts, forms, phrases, split

_TEXT_MAX: Final = 1_000
"""Characters that are looked at: orders are judged where all others wait."""
_LONGEST_NAME: Final = 3
"""Words in a name."""
_SHOWN: Final = 3


class _Things(NamedTuple):
    """What a text names: `heads` are meant, those `aside` by the way, and `others` say which (car, in car seat).

    `words` are those that are not known, with their forms.
    """

    heads: frozenset[str]
    aside: frozenset[str]
    others: frozenset[str]
    words: frozenset[str]


class _Seen(NamedTuple):
    """A label: `exact` are the words it goes by, `kinds` all that it is."""

    label: Label
    exact: frozenset[str]
    kinds: frozenset[str]


def judge(texts: Sequence[str], labels: Sequence[Label] | None, least: float) -> Judgement:
    """Compare `texts`, of which the first that names anything counts, with `labels` of at least `least`.

    Without a labeller `labels` is None.
    """
    if labels is None:
        return Judgement(Verdict.UNCHECKED, None, UNCHECKED_WARNING)
    seen = [_seen(label) for label in sorted(labels, key=lambda label: -label.confidence)]
    certain = [each for each in seen if each.label.confidence >= least]
    if not certain:
        best = seen[0].label.confidence if seen else None
        why = f"nothing in the picture is certain enough (at least {least:.0%})"
        return Judgement(Verdict.INCONCLUSIVE, best, why)
    doubt: Judgement | None = None
    for text in texts:
        judged = _judged(_things(text), seen, certain)
        if judged is None:
            continue
        if judged.verdict is not Verdict.INCONCLUSIVE:
            return judged
        doubt = doubt or judged
    best = certain[0].label.confidence
    unknown = Judgement(Verdict.INCONCLUSIVE, best, "no word of the text is known to name what a picture may show")
    return doubt or unknown


def _judged(things: _Things, seen: Sequence[_Seen], certain: Sequence[_Seen]) -> Judgement | None:
    """None where the text names nothing."""
    for each in certain:
        if _is_meant(things, each):
            return Judgement(Verdict.MATCH, each.label.confidence)
    if not things.heads:
        return None
    best = certain[0].label.confidence
    # A label that is a kind of another one says less than that one.
    leaves = [each for each in certain if not any(each.exact & other.kinds for other in certain if other is not each)]
    for each in leaves:
        if _is_wider(things, each):
            return Judgement(Verdict.MATCH, each.label.confidence)
    if any(_is_meant(things, each) for each in seen):
        return Judgement(Verdict.INCONCLUSIVE, best, "what the text says is perhaps in the picture, but not certainly")
    if any(_may_be(things, each) for each in leaves or certain):
        return Judgement(Verdict.INCONCLUSIVE, best, "the picture shows something of that kind, or only a part of it")
    names = ", ".join(f"{each.label.name} ({each.label.confidence:.0%})" for each in (leaves or certain)[:_SHOWN])
    return Judgement(Verdict.MISMATCH, best, f"the picture does not seem to show what the text says, but {names}")


def _is_meant(things: _Things, seen: _Seen) -> bool:
    """Whether the text names the label, or a kind of it."""
    return bool(things.words & seen.exact or (things.heads | things.aside) & seen.kinds)


def _is_wider(things: _Things, seen: _Seen) -> bool:
    """Whether the label is a kind of what the text names, and not too wide a one: chair, of an office chair."""
    return bool(seen.exact & _above(things) - GENERIC)


def _may_be(things: _Things, seen: _Seen) -> bool:
    """Whether the two have a kind in common that says something, or the label is that of a part of a name."""
    above = _above(things)
    return bool(above & seen.exact or above & seen.kinds - GENERIC or things.others & seen.kinds)


def _above(things: _Things) -> set[str]:
    return {kind for head in things.heads for kind in lexicon().above(head)}


def _seen(label: Label) -> _Seen:
    words = lexicon()
    exact = frozenset(name for each in (label.name, *label.aliases) for name in names_of(each))
    kinds = set(exact)
    for name in exact:
        kinds.update(words.above(name))
    for parent in label.parents:
        for name in names_of(parent):
            kinds.update(words.above(name))
    return _Seen(label, exact, frozenset(kinds))


def names_of(name: str) -> set[str]:
    """What a label's name names: itself as a whole, else its last word; car of "Sports Car"."""
    words, found = lexicon(), set[str]()
    for phrase, _ in phrases(name):
        whole = next((words.same[form] for form in _forms(phrase) if words.known(form)), None)
        if whole is not None:
            found.add(whole)
        elif counts(phrase[-1]):
            last = _named(phrase[-1], words)
            found.update((last,) if last else _forms(phrase) if len(phrase) > 1 else forms(phrase[-1]))
    return found


def _things(text: str) -> _Things:
    words = lexicon()
    heads, aside, others, unknown = set[str](), set[str](), set[str](), set[str]()
    for phrase, by_the_way in phrases(text[:_TEXT_MAX]):
        named, rest = _read(phrase, words)
        # Of several in a row the last is what is meant, the others say which: a car seat is no car.
        (aside if by_the_way else heads).update(named[-1:])
        others.update(named[:-1])
        for size in range(1, _LONGEST_NAME + 1):
            for at in range(len(rest) - size + 1):
                if counts(rest[at + size - 1]):
                    unknown.update(_forms(rest[at : at + size]))
    return _Things(frozenset(heads), frozenset(aside), frozenset(others - heads), frozenset(unknown))


def _read(phrase: Sequence[str], words: Lexicon) -> tuple[list[str], list[str]]:
    """The things that a phrase names, from left to right, and the words that name none. The longest name counts."""
    named, rest, at = list[str](), list[str](), 0
    while at < len(phrase):
        for size in range(min(_LONGEST_NAME, len(phrase) - at), 0, -1):
            part = phrase[at : at + size]
            tries = _forms(part) if size != 2 else [*_forms(part), *forms("".join(part))]
            found = next((words.same[form] for form in tries if words.known(form)), None)
            if found is not None:
                break
        else:
            found = _named(phrase[at], words)
        if found is None:
            rest.append(phrase[at])
        else:
            named.append(found)
        at += size
    return named, rest


def _named(word: str, words: Lexicon) -> str | None:
    """What a single word names, as a whole or by its last part."""
    if not counts(word):
        return None
    form = next(filter(words.known, forms(word)), None) or split(word, words.known)
    return None if form is None else words.same[form]


def _forms(phrase: Sequence[str]) -> list[str]:
    """The phrase with every form of its last word."""
    *first, last = phrase
    return [" ".join([*first, form]) for form in forms(last)]
