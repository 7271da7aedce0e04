"""Writes twin.json: what package seal must agree with, made by another code base (Python's cryptography, on OpenSSL).

Run it in this folder with cryptography 48 or newer. Sealing draws its own randomness, so each run differs.
"""
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

RAW = 64 << 10


def label(context):
    return b"conclave/1/" + context + b"\0"


def derive(ikm, salt, context, extra, n):
    return HKDF(hashes.SHA256(), n, salt, label(context) + extra).derive(ikm)


def seal_file(key, salt, plain):
    aead = ChaCha20Poly1305(derive(key, salt, b"file", b"", 32))
    chunks = [plain[i : i + RAW] for i in range(0, len(plain), RAW)] or [b""]
    out = salt
    for i, c in enumerate(chunks):
        out += aead.encrypt(i.to_bytes(11, "big") + bytes([i == len(chunks) - 1]), c, None)
    return out


def sealing(seed, info, plain):
    long = hashlib.shake_256(seed).digest(96)
    kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(long[:64])
    dh = x25519.X25519PrivateKey.from_private_bytes(long[64:])
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    public = kem.public_key().public_bytes_raw() + dh.public_key().public_bytes_raw()
    sealed = suite.encrypt(plain, hpke.MLKEM768X25519PrivateKey(kem, dh).public_key(), info)
    return {"public": public.hex(), "sealed": sealed.hex()}


seed = bytes(range(32))
plain = bytes(i * 7 % 251 for i in range(RAW + 1000))
sign = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
vectors = {
    "derive": derive(b"ikm", b"salt", b"twin", b"extra", 80).hex(),
    "mac": hmac.new(b"key", label(b"twin") + b"onetwo", hashlib.sha256).hexdigest(),
    "signing_public": sign.public_key().public_bytes_raw().hex(),
    "signature": sign.sign(label(b"twin") + b"onetwo").hex(),
    "file_sha256": hashlib.sha256(seal_file(seed, bytes(16), plain)).hexdigest(),
    "empty_file": seal_file(seed, bytes(16), b"").hex(),
    "sealing": sealing(seed, b"info", b"first message"),
}
with open("twin.json", "w") as f:
    json.dump(vectors, f, indent=2)
    f.write("\n")
