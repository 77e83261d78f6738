"""Signing keys on their way: what a browser needs to use one, and new ones that wait for the two who govern.

Nothing here signs anything, or could: a wrapped key is opened in the browser by a password that never comes here, and
of a passkey only its id is kept. Which key counts is decided by the entries alone. Trust: whoever can read this can
try passwords on a wrapped key, at the cost that the browser chose; whoever can replace it can make keys unusable.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from api.accounts.office import Office
from api.accounts.shapes import KeptKey, KeyRequest
from api.accounts.tables import KeptKeyRow, KeyRequestRow, PasskeyRow
from ledger.errors import CallRefused, NotFound

_WRAPPED = {"kdf": "pbkdf2-sha256", "cipher": "aes-256-gcm"}
_OPAQUE = {"salt": 128, "iv": 32, "sealed": 1024}  # letters of base64 at most
_FEWEST_ROUNDS, _MOST_ROUNDS = 600_000, 10_000_000
_KEY_ID, _BASE64 = re.compile(r"[0-9a-f]{16}"), re.compile(r"[A-Za-z0-9+/]+={0,2}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,1400}")
_LARGEST_BODY, _MOST_WAITING, _MOST_KEPT = 8192, 5, 20


class Keys:
    def __init__(self, office: Office) -> None:
        self._office = office

    def keep(self, person: str, key: str, kind: str, material: Mapping[str, Any]) -> None:
        """*kind* `wrapped`: kdf, iterations, salt, cipher, iv, sealed; `passkey`: credential_id.

        Raises `CallRefused('key_unfit')`, also for a key that is another's, and for one too many.
        """
        if _KEY_ID.fullmatch(key) is None or not _is_fit(kind, material):
            raise CallRefused("key_unfit")
        now = self._office.clock()
        with self._office.store.writing() as db:
            row = db.get(KeptKeyRow, key)
            theirs = db.exec(select(KeptKeyRow.key).where(KeptKeyRow.person == person)).all()
            if (row is not None and row.person != person) or (row is None and len(theirs) >= _MOST_KEPT):
                raise CallRefused("key_unfit")
            db.merge(KeptKeyRow(key=key, person=person, kind=kind, material=json.dumps(dict(material)), made_at=now))
        self._office.note("key_kept", person, by=person, key=key, kind=kind)

    def kept_of(self, person: str) -> list[KeptKey]:
        with self._office.store.reading() as db:
            rows = db.exec(
                select(KeptKeyRow).where(KeptKeyRow.person == person).order_by(col(KeptKeyRow.made_at))
            ).all()
        return [
            KeptKey(key=row.key, kind=row.kind, material=json.loads(row.material), made_at=row.made_at) for row in rows
        ]

    def drop(self, person: str, key: str) -> None:
        """Raises `NotFound`."""
        with self._office.store.writing() as db:
            row = db.get(KeptKeyRow, key)
            if row is None or row.person != person:
                raise NotFound
            db.delete(row)
        self._office.note("key_dropped", person, by=person, key=key)

    def request(self, person: str, body: Mapping[str, Any]) -> KeyRequest:
        """*body*: that of `key.enrolled`, with its proof, which the ledger judges when it is signed.

        Raises `CallRefused('key_unfit')`: of another person, a sign-in passkey, asked before, or too many waiting.
        """
        told, key = json.dumps(dict(body)), str(body.get("key"))
        if body.get("person") != person or _KEY_ID.fullmatch(key) is None or len(told) > _LARGEST_BODY:
            raise CallRefused("key_unfit")
        now = self._office.clock()
        row = KeyRequestRow(id=self._office.make_id(), person=person, key=key, body=told, made_at=now)
        with self._office.store.writing() as db:
            waiting = (KeyRequestRow.person == person, col(KeyRequestRow.closed_at).is_(None))
            is_known = db.exec(select(KeyRequestRow.id).where(KeyRequestRow.key == key)).first() is not None
            signs_in = db.exec(select(PasskeyRow.id).where(PasskeyRow.key == key)).first() is not None
            if is_known or signs_in or len(db.exec(select(KeyRequestRow.id).where(*waiting)).all()) >= _MOST_WAITING:
                raise CallRefused("key_unfit")
            db.add(row)
        self._office.note("key_requested", person, by=person, key=key)
        return _to_shape(row)

    def waiting(self, person: str | None = None) -> list[KeyRequest]:
        """What waits, of *person* or of everybody, the oldest first."""
        query = select(KeyRequestRow).where(col(KeyRequestRow.closed_at).is_(None)).order_by(col(KeyRequestRow.made_at))
        with self._office.store.reading() as db:
            rows = db.exec(query if person is None else query.where(KeyRequestRow.person == person)).all()
        return [_to_shape(row) for row in rows]

    def get(self, id: str) -> KeyRequest:
        """Raises `NotFound`."""
        with self._office.store.reading() as db:
            row = db.get(KeyRequestRow, id)
        if row is None:
            raise NotFound
        return _to_shape(row)

    def close(self, id: str, *, by: str, seq: int | None = None) -> None:
        """It was enrolled by entry *seq*, or will not be. Raises `NotFound`, also for what is closed."""
        with self._office.store.writing() as db:
            row = db.get(KeyRequestRow, id)
            if row is None or row.closed_at is not None:
                raise NotFound
            row.closed_at, row.seq = self._office.clock(), seq
            db.add(row)
        outcome = "declined" if seq is None else "enrolled"
        self._office.note("key_request_closed", row.person, by=by, key=row.key, outcome=outcome)

    def withdraw_all(self, person: str, *, by: str) -> None:
        for each in self.waiting(person):
            self.close(each.id, by=by)

    def is_sign_in_key(self, key: str) -> bool:
        """Whether *key* signs somebody in, and so must never be enrolled to sign statements."""
        with self._office.store.reading() as db:
            return db.exec(select(PasskeyRow.id).where(PasskeyRow.key == key)).first() is not None


def _is_fit(kind: str, material: Mapping[str, Any]) -> bool:
    if kind == "passkey":
        return material.keys() == {"credential_id"} and _matches(_BASE64URL, material["credential_id"], 1400)
    if kind != "wrapped" or material.keys() != {*_WRAPPED, *_OPAQUE, "iterations"}:
        return False
    rounds = material["iterations"]
    return (
        all(material[name] == value for name, value in _WRAPPED.items())
        and type(rounds) is int
        and _FEWEST_ROUNDS <= rounds <= _MOST_ROUNDS
        and all(_matches(_BASE64, material[name], most) for name, most in _OPAQUE.items())
    )


def _matches(pattern: re.Pattern[str], value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and pattern.fullmatch(value) is not None


def _to_shape(row: KeyRequestRow) -> KeyRequest:
    return KeyRequest(
        id=row.id, person=row.person, key=row.key, body=json.loads(row.body), made_at=row.made_at,
        closed_at=row.closed_at, seq=row.seq,
    )  # fmt: skip
