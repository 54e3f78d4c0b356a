"""Words of a text, and the forms that name the same thing: cars and car, teacups and cup, running and run."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 40
"""Letters of a word; what is longer names nothing."""

_SHORT: Final = frozenset(("tv", "pc", "ox"))
"""All words of two letters that name anything here; of one letter there are none."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_MARKS: Final = re.compile("[\u0300-\u036f]+")
_ASIDE: Final = """
about above after at before behind below beside between by for from in into like near of off on onto over per than to
under when where while with without
"""
_FILLERS: Final = """
a all also an and any are as be been big both but can could did do does each every few get got had has have he her here
his how i if is it its just made make many me more most much my new no not old one only or other our out own please put
same see she should show shown shows size small so some still such that the their them then there these they this those
too two up us use used very was we were what which who will you your left right side set item items order product piece
pieces pair image photo photograph pic picture
"""
_PREPOSITIONS: Final = frozenset(_ASIDE.split())
_STOPS: Final = _PREPOSITIONS.union(_FILLERS.split())
_PLURALS: Final = """
men=man women=woman children=child people=person mice=mouse geese=goose feet=foot teeth=tooth oxen=ox leaves=leaf
knives=knife wolves=wolf shelves=shelf bookshelves=bookshelf loaves=loaf scarves=scarf calves=calf wives=wife
cacti=cactus octopi=octopus
"""
_IRREGULAR: Final = dict(pair.split("=") for pair in _PLURALS.split())


class Phrase(NamedTuple):
    """Words that stand together; `aside` if they only tell of what came before: office, in "mug for the office"."""

    words: list[str]
    aside: bool


def phrases(text: str) -> Iterator[Phrase]:
    """The words between stop words and signs, in lower case and without accents, as they stand."""
    begun = False
    for part in re.split(r"[^\w\s'’\-]+", _plain(text)):
        words, aside = list[str](), False
        for match in _WORD.finditer(part.replace("-", " ")):
            word = re.sub("['’]s$", "", match[0])
            if word not in _STOPS:
                if len(word) <= LONGEST:
                    words.append(word)
                continue
            if words:
                yield Phrase(words, aside)
                words, aside, begun = [], False, True
            aside = aside or (begun and word in _PREPOSITIONS)
        if words:
            yield Phrase(words, aside)
            begun = True


def counts(word: str) -> bool:
    """Whether it is long enough to name a thing: not "a", not "r"."""
    return len(word) > 2 or word in _SHORT or not word.isascii()


def _plain(text: str) -> str:
    """Accents of Latin letters fall away; other scripts stay as they are."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _MARKS.sub("", spread))


@lru_cache(maxsize=4096)
def forms(word: str) -> tuple[str, ...]:
    """The word and what it may be a form of, the likeliest first; all of them count."""
    found = [word]
    if word in _IRREGULAR:
        found.append(_IRREGULAR[word])
    elif word.endswith("ies") and len(word) > 4:
        found += [word[:-3] + "y", word[:-1]]
    elif word.endswith(("sses", "shes", "ches", "xes", "zes", "oes", "uses")):
        found += [word[:-2], word[:-1]]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        found.append(word[:-1])
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and re.search("[aeiouy]", stem):
            found += [stem, stem + "e"]
            if len(stem) > 3 and stem[-1] == stem[-2]:
                found.append(stem[:-1])
    return tuple(dict.fromkeys(form for form in found if counts(form)))


def split(word: str, known: Callable[[str], bool]) -> str | None:
    """The last part of a word that two known words of at least three letters make up: cup of teacup."""
    for at in range(len(word) - 3, 2, -1):
        first, last = word[:at], word[at:]
        if any(map(known, forms(first))):
            for form in forms(last):
                if known(form):
                    return form
    return None
