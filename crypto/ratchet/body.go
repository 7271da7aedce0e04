package ratchet

import (
	"encoding/binary"
	"fmt"
)

const (
	lengthPrefix = 4
	// MaxControl is the largest payload of a Control message in bytes.
	MaxControl = smallestBody - lengthPrefix - 4
	// MaxContent is the largest payload of a Content message in bytes; a KEM key fits beside it.
	MaxContent = largestBody - 2<<10
)

// The body is CBOR {1: payload, 2: {1: epoch, 2: encapsulation key | 3: ciphertext}}, without field 2 where there is
// nothing of the KEM. It is written and read here by hand, being on the path of every message; a test compares it with
// the canonical encoder.
const (
	cborUint  = 0x00
	cborBytes = 0x40
	cborMap   = 0xa0
)

func bodySize(payload []byte, ctl control) int {
	n := 2 + headSize(len(payload)) + len(payload)
	if ctl.epoch != 0 {
		n += 4 + headSize(int(ctl.epoch)) + headSize(len(ctl.bytes())) + len(ctl.bytes())
	}
	return n
}

// putBody fills body with length, encoding and zeros; it has the size of the bucket.
func putBody(body, payload []byte, ctl control) {
	binary.BigEndian.PutUint32(body, uint32(bodySize(payload, ctl)))
	b := body[lengthPrefix:lengthPrefix]
	if ctl.epoch == 0 {
		b = append(b, cborMap|1, 1)
	} else {
		b = append(b, cborMap|2, 1)
	}
	b = append(appendHead(b, cborBytes, uint32(len(payload))), payload...)
	if ctl.epoch != 0 {
		b = append(b, 2, cborMap|2, 1)
		b = append(appendHead(b, cborUint, ctl.epoch), ctl.field())
		b = append(appendHead(b, cborBytes, uint32(len(ctl.bytes()))), ctl.bytes()...)
	}
	clear(body[lengthPrefix+len(b):])
}

// readBody is the strict inverse of putBody: every body has one valid form.
func readBody(body []byte) (payload []byte, ctl control, err error) {
	n := binary.BigEndian.Uint32(body)
	if uint64(n)+lengthPrefix > uint64(len(body)) || bucket(int(n)+lengthPrefix) != len(body) {
		return nil, control{}, fmt.Errorf("%w: length", ErrMalformed)
	}
	for _, c := range body[lengthPrefix+n:] {
		if c != 0 {
			return nil, control{}, fmt.Errorf("%w: padding", ErrMalformed)
		}
	}
	r := reader{b: body[lengthPrefix : lengthPrefix+n]}
	fields := r.head(cborMap)
	r.expect(1)
	payload = r.bytes()
	if fields == 2 {
		ctl = r.control()
	} else if fields != 1 {
		r.failed = true
	}
	if r.failed || len(r.b) != 0 {
		return nil, control{}, ErrMalformed
	}
	return payload, ctl, nil
}

// reader takes canonical items from the front of b until one fails.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) control() control {
	var ctl control
	r.expect(2)
	r.expect(cborMap | 2)
	r.expect(1)
	ctl.epoch = r.head(cborUint)
	if len(r.b) == 0 {
		r.failed = true
		return ctl
	}
	field := r.b[0]
	r.b = r.b[1:]
	switch v := r.bytes(); field {
	case offerField:
		ctl.offer = v
	case answerField:
		ctl.answer = v
	default:
		r.failed = true
	}
	if ctl.epoch == 0 || !ctl.sized() {
		r.failed = true
	}
	return ctl
}

func (r *reader) expect(c byte) {
	if len(r.b) == 0 || r.b[0] != c {
		r.failed, r.b = true, nil
		return
	}
	r.b = r.b[1:]
}

func (r *reader) bytes() []byte {
	n := r.head(cborBytes)
	if uint64(n) > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// head reads the head of an item of the given major type, in its shortest form.
func (r *reader) head(major byte) uint32 {
	if len(r.b) == 0 || r.b[0]&0xe0 != major {
		r.failed, r.b = true, nil
		return 0
	}
	info := r.b[0] & 0x1f
	if info < 24 {
		r.b = r.b[1:]
		return uint32(info)
	}
	size := 1 << (info - 24) // 1, 2 or 4 bytes follow
	if info > 26 || len(r.b) < 1+size {
		r.failed, r.b = true, nil
		return 0
	}
	var n uint32
	for _, c := range r.b[1 : 1+size] {
		n = n<<8 | uint32(c)
	}
	if headSize(int(n)) != 1+size {
		r.failed = true
	}
	r.b = r.b[1+size:]
	return n
}

func appendHead(b []byte, major byte, n uint32) []byte {
	switch headSize(int(n)) {
	case 1:
		return append(b, major|byte(n))
	case 2:
		return append(b, major|24, byte(n))
	case 3:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(b, major|26), n)
}

func headSize(n int) int {
	switch {
	case n < 24:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	}
	return 5
}
