"""Whether labels are what a text says: fair cases both ways, and what must hold for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordermill.domain.images import Label, Verdict
from ordermill.domain.lexicon import GENERIC, lexicon
from ordermill.domain.matching import judge, names_of
from ordermill.domain.words import counts, forms, phrases

LEAST = 0.7


def label(name: str, confidence: float = 0.97, parents: tuple[str, ...] = (), aliases: tuple[str, ...] = ()) -> Label:
    return Label(name, confidence, parents, aliases)


CAR = label("Car", 0.97, ("Transportation", "Vehicle"), ("Automobile",))
DOG = label("Dog", 0.98, ("Animal", "Canine", "Mammal", "Pet"))
ANIMAL = label("Animal", 0.99)
CUP = label("Cup", 0.93, ("Tableware",))
SHOE = label("Sneaker", 0.9, ("Clothing", "Footwear", "Shoe"), ("Running Shoe",))
PHONE = label("Mobile Phone", 0.95, ("Electronics", "Phone"), ("Cell Phone",))


def verdict(text: str, *labels: Label) -> str:
    return judge([text], labels, LEAST).verdict.value


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a red car", [CAR]),
        ("sedan automobile", [CAR]),
        ("CARS!", [CAR]),
        ("the car's key, and the car", [CAR]),
        ("my dogs", [DOG]),
        ("a puppy", [DOG]),
        ("an animal", [DOG, ANIMAL]),
        ("a dog with a ball", [DOG]),
        ("mug with a picture of a cat", [CUP]),
        ("mug with a picture of a cat", [label("Cat")]),
        ("teacup", [CUP]),
        ("Coffee-Mugs", [CUP]),
        ("running shoes", [SHOE]),
        ("trainers", [SHOE]),
        ("smartphone", [PHONE]),
        ("Handy new cell phone", [PHONE]),
        ("lap top", [label("Laptop")]),
        ("Laptop Pro 14", [label("Computer"), label("Laptop", 0.9, ("Computer", "Electronics"))]),
        ("Laptop", [label("notebook", 0.9, (), ("notebook computer",))]),
        ("office chair", [label("Chair")]),
        ("kitten", [label("tabby", 0.8, (), ("tabby cat",))]),
        ("dog", [label("golden retriever", 0.8)]),
        ("strawberries", [label("Strawberry", 0.9, ("Fruit",))]),
        ("knives", [label("Knife")]),
        ("caf\u00e9 table", [label("Table", 0.9, ("Furniture",))]),
        ("t-shirt", [label("jersey", 0.9, (), ("T-shirt", "tee shirt"))]),
        ("Zither", [label("Zither")]),
        ("two zithers", [label("Zither")]),
        ("beef burger", [label("cheeseburger", 0.8)]),
        ("fruit", [label("Banana")]),
        ("TV", [label("Television")]),
        ("\u8eca", [label("\u8eca")]),
    ],
)
def test_what_is_there_matches(text: str, labels: list[Label]) -> None:
    judged = judge([text], labels, LEAST)
    assert judged.verdict is Verdict.MATCH
    assert judged.confidence in {each.confidence for each in labels}
    assert judged.warning is None


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a red car", [DOG, ANIMAL]),
        ("cat", [DOG, ANIMAL]),
        ("hot dog", [DOG]),
        ("dog", [label("Hot Dog", 0.9, ("Food",))]),
        ("carpet", [CAR]),
        ("carrot", [CAR]),
        ("blue shoes", [CAR]),
        ("Laptop", [CUP]),
        ("guitar", [label("Drum", 0.9, ("Musical Instrument",))]),
        ("teddy bear", [label("Bear", 0.9, ("Animal", "Wildlife"))]),
        ("sofas", [PHONE, SHOE]),
        ("mug for the office", [CAR]),
    ],
)
def test_what_is_not_there_does_not(text: str, labels: list[Label]) -> None:
    judged = judge([text], labels, LEAST)
    assert judged.verdict is Verdict.MISMATCH
    assert judged.warning is not None
    assert labels[0].name in judged.warning
    assert text not in judged.warning


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a", [CAR]),
        ("r", [CAR]),
        ("r", [label("R")]),
        ("ab", [label("Ab")]),
        ("ca", [CAR]),
        ("\u00e0", [label("A")]),
        ("", [CAR]),
        ("...", [CAR]),
        ("42", [CAR]),
        ("scar", [CAR]),
        ("cargo", [CAR]),
        ("Widget", [DOG]),
        ("Widget for the garden", [CAR]),
        ("something very nice", [CAR]),
        ("ein rotes Fahrzeug", [DOG]),
        ("\u043a\u0440\u0430\u0441\u043d\u0430\u044f \u043c\u0430\u0448\u0438\u043d\u0430", [CAR]),
        ("\u8d64\u3044\u8eca", [DOG]),
        ("\u0633\u064a\u0627\u0631\u0629 \u062d\u0645\u0631\u0627\u0621", [DOG]),
        ("car seat", [CAR]),
        ("dog's bowl", [DOG]),
        ("orange car", [label("Orange", 0.9, ("Fruit",))]),
        ("sedan", [label("Convertible", 0.9)]),
        ("dog", [ANIMAL]),
        ("cat", [CAR, label("Cat", 0.4)]),
        ("Order", [CAR]),
    ],
)
def test_what_nobody_can_tell_is_not_told(text: str, labels: list[Label]) -> None:
    judged = judge([text], labels, LEAST)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.warning


def test_no_label_counts_below_what_is_least() -> None:
    for labels in ([label("Car", 0.69)], [label("Dog", 0.69)], []):
        judged = judge(["a red car"], labels, LEAST)
        assert judged.verdict is Verdict.INCONCLUSIVE
        assert judged.confidence == (0.69 if labels else None)
        assert judged.warning is not None
        assert "at least 70%" in judged.warning
    assert judge(["a red car"], [label("Car", 0.7)], LEAST).verdict is Verdict.MATCH


def test_without_a_labeller_it_is_unchecked_and_says_how_to_change_that() -> None:
    judged = judge(["a red car"], None, LEAST)
    assert (judged.verdict, judged.confidence) == (Verdict.UNCHECKED, None)
    assert judged.warning is not None
    assert "ORDERMILL_LABEL_MODEL" in judged.warning


def test_the_first_text_that_names_anything_counts() -> None:
    assert judge(["as we said", "Car"], [CAR], LEAST).verdict is Verdict.MATCH
    assert judge(["as we said", "Car"], [DOG], LEAST).verdict is Verdict.MISMATCH
    assert judge(["a dog", "Car"], [CAR], LEAST).verdict is Verdict.MISMATCH
    assert judge([], [CAR], LEAST).verdict is Verdict.INCONCLUSIVE


def test_confidence_is_that_of_the_label_the_verdict_rests_on() -> None:
    assert judge(["a car"], [label("Road", 0.99), label("Car", 0.8)], LEAST).confidence == 0.8
    assert judge(["a dog"], [label("Road", 0.99), label("Car", 0.8)], LEAST).confidence == 0.99


NAMES = sorted(name for name in lexicon().same if lexicon().same[name] == name)


@given(st.sampled_from(NAMES), st.floats(LEAST, 1))
def test_a_thing_matches_itself(name: str, confidence: float) -> None:
    assert verdict(f"a {name}", label(name.title(), confidence)) == "MATCH"


@given(st.sampled_from(NAMES), st.data())
def test_a_thing_matches_each_of_its_kinds_as_a_parent(name: str, data: st.DataObject) -> None:
    kinds = [kind for kind in lexicon().above(name) if kind != name]
    if kinds:
        kind = data.draw(st.sampled_from(kinds))
        assert verdict(f"a {kind}", label(name)) == "MATCH"


@given(st.text(max_size=60), st.lists(st.builds(label, st.text(max_size=30), st.floats(0, 1)), max_size=4))
def test_any_text_and_any_labels_have_a_verdict(text: str, labels: list[Label]) -> None:
    judged = judge([text], labels, LEAST)
    assert judged.verdict in (Verdict.MATCH, Verdict.MISMATCH, Verdict.INCONCLUSIVE)
    assert (judged.warning is None) == (judged.verdict is Verdict.MATCH)
    if judged.verdict in (Verdict.MATCH, Verdict.MISMATCH):
        assert judged.confidence is not None
        assert judged.confidence >= LEAST


@given(st.text(st.characters(min_codepoint=0x3A0), max_size=40))
def test_other_scripts_are_never_called_a_mismatch(text: str) -> None:
    assert verdict(text, DOG, CAR) != "MISMATCH"


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz 1.-"), max_size=6).map("".join))
def test_letters_alone_never_match(text: str) -> None:
    if all(len(word) < 3 for word in text.replace("-", " ").replace(".", " ").replace("1", " ").split()):
        assert verdict(text, label("Car"), label("Tv remote"), label("A"), label("R")) != "MATCH" or "tv" in text


def test_every_name_has_one_meaning_and_its_kinds_end() -> None:
    words = lexicon()
    for name in words.same:
        assert words.same[words.same[name]] == words.same[name]
        assert len(words.above(name)) < 12
    assert {kind for kind in GENERIC if not words.known(kind)} <= {"equipment", "machine", "device", "material"}


def test_forms_lead_back_to_the_word() -> None:
    for word, base in (
        ("cars", "car"), ("boxes", "box"), ("glasses", "glass"), ("watches", "watch"), ("berries", "berry"),
        ("children", "child"), ("knives", "knife"), ("running", "run"), ("racing", "race"), ("shoes", "shoe"),
        ("tomatoes", "tomato"), ("buses", "bus"), ("potted", "pot"), ("ties", "tie"), ("mice", "mouse"),
    ):  # fmt: skip
        assert base in forms(word), word
    assert forms("bus") == ("bus",)
    assert forms("dress") == ("dress",)
    assert forms("sing") == ("sing",)


def test_a_labels_name_is_read_by_its_head() -> None:
    assert names_of("Sports Car") == {"sports car"}
    assert names_of("Big Red Car") == {"car"}
    assert names_of("Hot Dog") == {"hot dog"}
    assert names_of("A") == set()


def test_no_name_is_lost_among_the_words_that_are_passed_over() -> None:
    assert [name for name in lexicon().same if [each.words for each in phrases(name)] != [name.split()]] == []


def test_every_name_of_several_words_ends_in_one_that_counts() -> None:
    assert [name for name in lexicon().same if not counts(name.split()[-1])] == []
