"""Reads the golden vectors of handshake and ratchet with another language's primitives: Python's cryptography, version 48
or newer, and forty lines of CBOR and HChaCha20. Run it in this folder; it prints what it has checked or stops at the first
difference. It shares no code with the product, so it shows that SPEC.md alone is enough to read along.
"""
import hashlib
import hmac
import json
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM1024PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

unhex = bytes.fromhex


def label(context):
    return b"conclave/1/" + context.encode() + b"\0"


def hkdf(ikm, salt, info, n):
    return HKDF(hashes.SHA256(), n, salt, info).derive(ikm)


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hchacha20(key, nonce):
    s = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), *struct.unpack("<4I", nonce)]

    def mix(into, by, to, bits):
        s[into] = (s[into] + s[by]) & 0xFFFFFFFF
        x = s[to] ^ s[into]
        s[to] = (x << bits | x >> (32 - bits)) & 0xFFFFFFFF

    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            mix(a, b, d, 16), mix(c, d, b, 12), mix(a, b, d, 8), mix(c, d, b, 7)
    return struct.pack("<8I", *s[:4], *s[12:])


def unseal(key, box, ad):
    """XChaCha20-Poly1305 with the nonce in front."""
    return ChaCha20Poly1305(hchacha20(key, box[:16])).decrypt(bytes(4) + box[16:24], box[24:], ad)


def head(major, n):
    for limit, info, form in ((24, n, ""), (1 << 8, 24, ">B"), (1 << 16, 25, ">H"), (1 << 32, 26, ">I"), (1 << 64, 27, ">Q")):
        if n < limit:
            return bytes([major << 5 | info]) + (struct.pack(form, n) if form else b"")


def cbor(value):
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in sorted(value.items()))
    return head(4, len(value)) + b"".join(map(cbor, value))


def public(private):
    return private.public_key().public_bytes_raw()


def exchange(private, peer):
    return private.exchange(X25519PublicKey.from_public_bytes(peer))


def private(text):
    return X25519PrivateKey.from_private_bytes(unhex(text))


def check_agreement(v):
    dik, spk, kem = private(v["DIKb"]), private(v["SPK"]), MLKEM1024PrivateKey.from_seed_bytes(unhex(v["KEM"]))
    a, b = ([unhex(v[side][k]) for k in ("acct", "dev", "id_hash", "dsk", "dik")] for side in "AB")
    ek, ct, opk = unhex(v["EK"]), unhex(v["CT"]), private(v["OPK"]) if v["OneTime"] else None
    ikm = b"\xff" * 32 + exchange(spk, a[4]) + exchange(dik, ek) + exchange(spk, ek)
    ikm += (exchange(opk, ek) if opk else b"") + kem.decapsulate(ct)
    one_time = [v["KEMID"], public(opk)] if opk else [None, None]
    th = hashlib.sha256(cbor([1, *a, *b, ek, v["SPKID"], public(spk), *one_time, v["KEMID"], public(kem), ct])).digest()
    okm = hkdf(ikm, bytes(32), label("pqxdh/CURVE25519_SHA-256_ML-KEM-1024") + th, 128)
    sid = hashlib.sha256(label("sid") + th).digest()
    assert [th, okm[:32], okm[32:64], okm[64:96], sid] == [unhex(v[k]) for k in ("TH", "SK", "HKa", "NHKb", "SID")]


def check_transcript(t):
    """Reads along knowing all private keys: one root chain, a message chain for every turn."""
    sid, root = unhex(t["SID"]), unhex(t["SK"])
    next_header = {"a": unhex(t["HKa"]), "b": unhex(t["NHKb"])}
    ratchet_key = {"b": public(private(t["SPK"]))}
    chains, seed, offer, secrets, mixes = {"a": [], "b": []}, None, None, {}, []
    for line in t["Messages"]:
        sender, peer = line["From"], "ab".replace(line["From"], "")
        message = unhex(line["Message"])
        seed = unhex(line["KEMSeed"]) or seed
        own = private(line["RatchetKey"])
        if not chains[sender] or public(own) != ratchet_key[sender]:
            header = unseal(next_header[sender], message[:104], sid)
            mix = struct.unpack(">I", header[40:44])[0]
            ikm = exchange(own, ratchet_key[peer]) + (secrets[mix] if mix else b"")
            okm = hkdf(ikm, root, label("dr/rk") + struct.pack(">I", mix), 96)
            chains[sender].append({"header": next_header[sender], "key": okm[32:64], "mix": mix, "n": 0})
            root, next_header[sender], ratchet_key[sender] = okm[:32], okm[64:], public(own)
            mixes += [mix] if mix else []
        chain = chains[sender][-1]
        previous = chains[sender][-2]["n"] if len(chains[sender]) > 1 else 0
        header = unseal(chain["header"], message[:104], sid)
        assert header == public(own) + struct.pack(">3I", previous, chain["n"], chain["mix"]) + bytes(20)
        key = hkdf(mac(chain["key"], b"\1"), None, label("dr/mk"), 32)
        chain["key"], chain["n"] = mac(chain["key"], b"\2"), chain["n"] + 1
        padded = unseal(key, message[104:], sid + message[:104])
        size = struct.unpack(">I", padded[:4])[0]
        body, payload = padded[4:4 + size], unhex(line["Payload"])
        assert not any(padded[4 + size:]) and len(padded) in (256, 512, 1024, 2048)
        plain = cbor({1: payload})
        if body == plain:
            continue
        # {1: payload, 2: {1: epoch, 2: encapsulation key | 3: ciphertext}}, the epoch being small here
        epoch, field, value = body[len(plain) + 3], body[len(plain) + 4], body[len(plain) + 8:]
        assert body == cbor({1: payload, 2: {1: epoch, field: value}})
        dk = MLKEM768PrivateKey.from_seed_bytes(seed)
        if field == 2:
            offer = value
            assert public(dk) == offer
        else:
            info = label("dr/pq") + sid + struct.pack(">I", epoch) + hashlib.sha256(offer + value).digest()
            secrets[epoch] = hkdf(dk.decapsulate(value), None, info, 32)
    return mixes


if __name__ == "__main__":
    with open("../handshake/testdata/pqxdh.json") as f:
        agreements = json.load(f)
    for v in agreements:
        check_agreement(v)
    print(f"{len(agreements)} agreements")
    with open("../ratchet/testdata/transcript.json") as f:
        transcript = json.load(f)
    print(f"{len(transcript['Messages'])} messages, epochs mixed: {check_transcript(transcript)}")
