"""The bot's device is vouched for (Client-Server API, "Cross-signing"): clients that send only to such
devices hand it the keys of what they say, and so are answered.

Two keys do it: the master key, which says who the bot is, vouches for a second one, and that for the
device. Where they were lost, others take their place: Synapse lets an application service do so.
"""

import base64
import secrets
from pathlib import Path
from typing import Any

import msgspec
from nacl.signing import SigningKey

from kit.durable import write_secret
from node.messenger.bot.line import BotLine

KEYS = "cross_signing.json"
PATH = "/_matrix/client/v3/keys/"


class Seeds(msgspec.Struct, frozen=True):
    """Of the two keys, in base64."""

    master: str
    self_signing: str


class Vouching:
    """The two keys, kept in a folder of the bot's."""

    def __init__(self, folder: Path, line: BotLine) -> None:
        self._place = folder / KEYS
        self._line = line

    async def vouch(self, device_id: str) -> None:
        """Have Synapse hold the keys, and the device's signed by them; nothing where it does already.

        Raises MatrixAway, MatrixRefused.
        """
        bot, seeds = self._line.id, self._seeds()
        master, own = _key(seeds.master), _key(seeds.self_signing)
        held = await self._line.call("POST", f"{PATH}query", {"device_keys": {bot: []}})
        if _name(own) not in held.get("self_signing_keys", {}).get(bot, {}).get("keys", {}):
            vouched_for = _signed(_described(bot, "self_signing", own), bot, master)
            body = {
                "master_key": _described(bot, "master", master),
                "self_signing_key": vouched_for,
            }
            await self._line.call("POST", f"{PATH}device_signing/upload", body)
        device = held["device_keys"][bot][device_id]
        if _name(own) not in device.get("signatures", {}).get(bot, {}):
            body = {bot: {device_id: _signed(device, bot, own)}}
            await self._line.call("POST", f"{PATH}signatures/upload", body)

    def _seeds(self) -> Seeds:
        """Made at first use."""
        if not self._place.exists():
            made = Seeds(*(_base64(secrets.token_bytes(32)) for _key in Seeds.__struct_fields__))
            write_secret(self._place, msgspec.json.encode(made))
        return msgspec.json.decode(self._place.read_bytes(), type=Seeds)


def _key(seed: str) -> SigningKey:
    return SigningKey(base64.b64decode(seed + "="))


def _base64(raw: bytes) -> str:
    """As Matrix writes it: unpadded."""
    return base64.b64encode(raw).decode().rstrip("=")


def _public(key: SigningKey) -> str:
    return _base64(bytes(key.verify_key))


def _name(key: SigningKey) -> str:
    return f"ed25519:{_public(key)}"


def _described(user_id: str, usage: str, key: SigningKey) -> dict[str, Any]:
    return {"user_id": user_id, "usage": [usage], "keys": {_name(key): _public(key)}}


def _signed(value: dict[str, Any], user_id: str, key: SigningKey) -> dict[str, Any]:
    """With one signature, over its canonical JSON ("Signing JSON")."""
    plain = {name: part for name, part in value.items() if name not in ("signatures", "unsigned")}
    signature = key.sign(msgspec.json.encode(plain, order="sorted")).signature
    return plain | {"signatures": {user_id: {_name(key): _base64(signature)}}}
