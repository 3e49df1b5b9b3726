"""The vocabulary of generated events: short lists of our own. Any likeness to a real outlet, group or sentence is accidental."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

Word = TypeVar("Word")

SYLLABLES = (
    "ba", "dar", "kha", "le", "mor", "ta", "zi", "ngo", "wan", "ber", "sa", "lim", "qa", "ru", "de", "shi", "pol", "vak", "jen", "tu",
    "or", "gar", "mi", "ha", "ke", "lor", "na", "is", "bo", "cher", "we", "yan", "fu", "ti", "ham", "el", "ras", "oum", "di", "ö",
)  # fmt: skip
OFFICES = tuple(
    f"{first} {second}"
    for first in ("Northern", "Delta", "Border", "Capital", "Plateau", "Coastal", "Río Claro", "Valley", "Éclair", "Harbour", "Steppe", "Old Quarter")
    for second in ("Wire", "Press Agency", "Daily", "Radio", "Rights Monitor", "Observer", "News Online", "Bulletin")
)  # fmt: skip
WHO = (
    "Gunmen",
    "Fighters",
    "Soldiers",
    "Unknown attackers",
    "Raiders",
    "Security forces",
    "Rebels",
    "Armed men",
    "A patrol",
    "Militia members",
)
DID = (
    "attack",
    "clash near",
    "raid",
    "open fire in",
    "shell",
    "storm",
    "ambush a convoy outside",
    "bomb",
    "seize and then leave",
    "fire on",
)
LOSS = (
    "residents flee", "several dead", "toll rises", "villagers buried", "officials say", "witnesses tell of losses", "army confirms fighting",
    "local council asks for help", "hospital receives wounded", "no group has claimed it", "road stays closed for a second day",
)  # fmt: skip
TAIL = (
    "des habitants racontent la nuit", "les autorités évoquent un bilan provisoire", "vecinos piden protección", "según fuentes del municipio",
    "мешканці залишили село", "місцева влада підтвердила загибель людей", "سكان القرية يغادرون منازلهم", "مصادر محلية تؤكد سقوط قتلى",
    "aid workers say the number could not be verified by anyone who was there", "a second report puts it a day earlier and further north",
)  # fmt: skip
TELLERS = ("police", "army spokesperson", "local residents", "hospital staff", "district officials", "a village elder", "aid workers",
           "the governor’s office", "rebel statement", "témoins")  # fmt: skip
NEAR = ("outskirts of", "near", "market in", "road to", "north of", "village close to", "between the river and", "checkpoint at")
FRONTS = ("Front", "Movement", "Army", "Brigade", "Council", "Union", "Défense", "Guard")
AIMS = ("for the Liberation of", "for Justice in", "of the Sons of", "for the Defence of", "of the Free People of", "pour l’Avenir de")


def name(number: int) -> str:
    """The name with this number; different numbers below 64,000 have different names, but for a few that syllables make alike."""
    low, left = divmod((number * 24_321 + 977) % 40**3, 1600)
    return f"{SYLLABLES[left // 40]}{SYLLABLES[left % 40]}{SYLLABLES[low]}{number // 40**3 or ''}".capitalize()


def one_of(rng: random.Random, words: Sequence[Word]) -> Word:
    return words[int(rng.random() * len(words))]


def headline(rng: random.Random, place: str) -> str:
    """About seventy characters; one in ten is not ASCII, a few hold quotes or the semicolon that also joins headlines."""
    text = f"{one_of(rng, WHO)} {one_of(rng, DID)} {place}, {1 + int(rng.random() * 60)} killed or missing"
    chance = rng.random()
    if chance < 0.16:
        return f"{text} - {one_of(rng, TAIL)}"
    if chance < 0.19:
        return f'"{one_of(rng, LOSS).capitalize()}": {text}'
    if chance < 0.20:
        return f"{text}; {one_of(rng, LOSS)}"
    return f"{text}, {one_of(rng, LOSS)}" if chance < 0.6 else text


def group(number: int, country: str) -> str:
    """The name of an armed group: mostly its letters, as the data have it."""
    front, aim, own = FRONTS[number % len(FRONTS)], AIMS[number // 8 % len(AIMS)], name(number)
    if number % 7 == 0:
        return f"{front} {aim} {own}"
    if number % 7 == 1:
        return f"{own} {front} ({country})"
    return f"{own[:4].upper()}{front[0]}-{number % 97}" if number % 7 < 6 else f"Supporters of {own}"
