package identity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// Flags describe a device.
type Flags uint32

// Secondary marks a device that does not hold the account's AIK and so cannot change the log. Other bits are refused.
const Secondary Flags = 1

// maxPeerID bounds the libp2p peer id of a device, in bytes.
const maxPeerID = 64

// ErrDevice is returned for a device record whose id, keys or proof of possession are wrong.
var ErrDevice = errors.New("invalid device record")

// Device is a device as its account lists it. NotBefore is in Unix milliseconds.
type Device struct {
	ID        DeviceID  `cbor:"0,keyasint"`
	DSK       PublicKey `cbor:"1,keyasint"`
	DIK       DHPublic  `cbor:"2,keyasint"`
	PeerID    []byte    `cbor:"3,keyasint"`
	Flags     Flags     `cbor:"4,keyasint"`
	NotBefore uint64    `cbor:"5,keyasint"`
	Pop       [64]byte  `cbor:"6,keyasint"`
}

// Device returns the record of the device that holds k, with the proof that it does. peerID is the libp2p peer id of its
// node in binary, 1 to 64 bytes.
func (k DeviceKeys) Device(acct Account, peerID []byte, flags Flags, notBefore time.Time) Device {
	d := Device{
		DSK: k.DSK.Public(), DIK: k.DIK.Public(), PeerID: peerID, Flags: flags, NotBefore: millis(notBefore),
	}
	d.ID = deviceID(acct, d.DSK, d.DIK)
	d.Pop = k.DSK.Sign("dev-pop", d.popParts(acct)...)
	return d
}

// Primary reports whether the device holds the account's AIK.
func (d Device) Primary() bool { return d.Flags&Secondary == 0 }

// Verify reports whether sig is the device's signature over L(context) || parts...
func (d Device) Verify(sig *[64]byte, context string, parts ...[]byte) bool {
	return seal.Verify((*[32]byte)(&d.DSK), sig, context, parts...)
}

func (d Device) popParts(acct Account) [][]byte {
	return [][]byte{acct[:], d.DIK[:], d.PeerID, binary.BigEndian.AppendUint32(nil, uint32(d.Flags))}
}

// check verifies everything about a device that does not depend on the rest of the log.
func (d Device) check(acct Account) error {
	switch {
	case d.ID != deviceID(acct, d.DSK, d.DIK):
		return fmt.Errorf("%w: id is not the hash of its keys", ErrDevice)
	case len(d.PeerID) == 0 || len(d.PeerID) > maxPeerID:
		return fmt.Errorf("%w: peer id of %d bytes", ErrDevice, len(d.PeerID))
	case d.Flags&^Secondary != 0:
		return fmt.Errorf("%w: unknown flags %#x", ErrDevice, d.Flags)
	}
	if err := checkEd("device signing key", d.DSK); err != nil {
		return err
	}
	if err := seal.CheckDH((*[32]byte)(&d.DIK)); err != nil {
		return fmt.Errorf("device identity key: %w", err)
	}
	if !d.Verify(&d.Pop, "dev-pop", d.popParts(acct)...) {
		return fmt.Errorf("%w: no proof of possession", ErrDevice)
	}
	return nil
}

func deviceID(acct Account, dsk PublicKey, dik DHPublic) DeviceID {
	h := canon.Hash("dev", acct[:], dsk[:], dik[:])
	return DeviceID(h[:16])
}

func millis(t time.Time) uint64 { return uint64(max(t.UnixMilli(), 0)) }
