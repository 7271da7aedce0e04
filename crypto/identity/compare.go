package identity

import (
	"bytes"
	"crypto/sha512"
	"crypto/subtle"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"conclave/crypto/canon"
)

// How two people compare what their nodes believe about each other (SPEC.md, identity log).
const (
	fingerprintRounds  = 5200
	fingerprintVersion = 0
	halfDigits         = 30
	qrVersion          = 1
	qrSize             = 1 + 2*32
)

// ErrQR is returned for a scanned code that is not a verification code of this version.
var ErrQR = errors.New("not a verification code")

// ErrMismatch is returned for a verification code of other accounts or keys: somebody may be in the middle.
var ErrMismatch = errors.New("verification codes do not match")

// fingerprint is slow on purpose (a few milliseconds): 5,200 rounds make a partial match dearer to search for.
func (l *Log) fingerprint() (out [64]byte) {
	aik := l.Head().AIK
	start := binary.BigEndian.AppendUint16(canon.Label("safety"), fingerprintVersion)
	start = append(start, l.acct[:]...)
	out = sha512.Sum512(append(start, aik[:]...))
	var round [64 + 32]byte
	copy(round[64:], aik[:])
	for range fingerprintRounds - 1 {
		copy(round[:], out[:])
		out = sha512.Sum512(round[:])
	}
	return out
}

// SafetyNumber returns the 60 digits that two people compare by eye or voice: 30 for each account, the smaller half first,
// so both sides see the same. It changes when either AIK does.
func SafetyNumber(a, b *Log) string {
	x, y := digits(a.fingerprint()), digits(b.fingerprint())
	if y < x {
		x, y = y, x
	}
	return x + y
}

func digits(fp [64]byte) string {
	var out strings.Builder
	for i := range halfDigits / 5 {
		var n uint64
		for _, b := range fp[5*i : 5*i+5] {
			n = n<<8 | uint64(b)
		}
		fmt.Fprintf(&out, "%05d", n%100_000)
	}
	return out.String()
}

// QR returns the 65 bytes to show as a QR code: version || own hash(32) || peer's hash(32).
func QR(own, peer *Log) []byte {
	a, b := own.fingerprint(), peer.fingerprint()
	return bytes.Join([][]byte{{qrVersion}, a[:32], b[:32]}, nil)
}

// CheckQR compares a code scanned from the peer's screen with what we believe about ourselves and the peer.
func CheckQR(scanned []byte, own, peer *Log) error {
	if len(scanned) != qrSize || scanned[0] != qrVersion {
		return ErrQR
	}
	if subtle.ConstantTimeCompare(scanned, QR(peer, own)) != 1 {
		return ErrMismatch
	}
	return nil
}

// bip39 is the English list of BIP-39: 2,048 words, one a line. See words.LICENSE.
//
//go:embed words.txt
var bip39 string

var words = strings.Fields(bip39)

// CheckWords returns the first 44 bits of the account id as four words, to be read out when a contact link is passed on.
func (a Account) CheckWords() [4]string {
	bits := binary.BigEndian.Uint64(a[:8])
	var out [4]string
	for i := range out {
		out[i] = words[bits>>(53-11*i)&2047]
	}
	return out
}
