// Package stream is the record format inside an encrypted backup: a header, rows in key order, a trailer that counts and sums.
//
// The Decoder promises that io.EOF means a whole stream, byte for byte as an Encoder wrote it; everything else is
// ErrDamaged. It holds one row at a time and refuses rows above MaxKey and MaxValue. It knows nothing of what rows mean.
//
// All numbers are big-endian (SPEC.md, backup):
//
//	header   'H' be32(length) canonical CBOR of [format, schema, extra]
//	row      'R' be16(length) be32(length) key value          keys strictly ascending
//	trailer  'T' be64(rows) SHA-256 of everything before 'T'
package stream

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"conclave/crypto/canon"
)

// Format is the version of this format, and the bounds are in bytes.
const (
	Format   = 1
	MaxExtra = 64 << 10
	MaxKey   = 255
	MaxValue = 1 << 20
)

var (
	ErrDamaged = errors.New("the backup is damaged")
	ErrFormat  = errors.New("the backup has a format of a newer version")
)

const (
	headerTag = 'H'
	rowTag    = 'R'
	endTag    = 'T'
	maxHeader = MaxExtra + 64
)

// Header begins a stream. Format is set by the Encoder.
type Header struct {
	_      struct{} `cbor:",toarray"`
	Format uint32
	Schema uint32 // of the store that was backed up
	Extra  []byte // the caller's own
}

// Encoder writes a stream. End completes it.
type Encoder struct {
	w    *bufio.Writer
	sum  hash.Hash
	rows uint64
}

// NewEncoder writes the header.
func NewEncoder(w io.Writer, h Header) (*Encoder, error) {
	h.Format = Format
	if len(h.Extra) > MaxExtra {
		return nil, fmt.Errorf("header with %d extra bytes, at most %d", len(h.Extra), MaxExtra)
	}
	b, err := canon.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode header: %w", err)
	}
	e := &Encoder{w: bufio.NewWriter(w), sum: sha256.New()}
	return e, e.write(binary.BigEndian.AppendUint32([]byte{headerTag}, uint32(len(b))), b)
}

// Row writes a row. Keys must come in ascending order.
func (e *Encoder) Row(key, value []byte) error {
	if len(key) > MaxKey || len(value) > MaxValue {
		return fmt.Errorf("row of %d and %d bytes, at most %d and %d", len(key), len(value), MaxKey, MaxValue)
	}
	e.rows++
	sizes := binary.BigEndian.AppendUint16([]byte{rowTag}, uint16(len(key)))
	sizes = binary.BigEndian.AppendUint32(sizes, uint32(len(value)))
	return e.write(sizes, key, value)
}

// End writes the trailer.
func (e *Encoder) End() error {
	sum := e.sum.Sum(nil)
	if err := e.write(binary.BigEndian.AppendUint64([]byte{endTag}, e.rows), sum); err != nil {
		return err
	}
	return e.w.Flush()
}

func (e *Encoder) write(parts ...[]byte) error {
	for _, p := range parts {
		e.sum.Write(p)
		if _, err := e.w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// Decoder reads a stream.
type Decoder struct {
	Header Header
	Rows   uint64 // read so far

	r    *bufio.Reader
	sum  hash.Hash
	last []byte
}

// NewDecoder reads the header. It fails with ErrFormat for a newer format.
func NewDecoder(r io.Reader) (*Decoder, error) {
	d := &Decoder{r: bufio.NewReader(r), sum: sha256.New()}
	prefix, err := d.read(5)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(prefix[1:])
	if prefix[0] != headerTag || n > maxHeader {
		return nil, damaged("it does not begin with a header")
	}
	b, err := d.read(int(n))
	if err != nil {
		return nil, err
	}
	if d.Header, err = canon.Unmarshal[Header](b); err != nil {
		return nil, damaged("header: " + err.Error())
	}
	if d.Header.Format > Format {
		return nil, fmt.Errorf("format %d: %w", d.Header.Format, ErrFormat)
	}
	if d.Header.Format < Format || len(d.Header.Extra) > MaxExtra {
		return nil, damaged(fmt.Sprintf("format %d, %d extra bytes", d.Header.Format, len(d.Header.Extra)))
	}
	return d, nil
}

// Next returns the next row, and io.EOF only behind a trailer that fits.
func (d *Decoder) Next() (key, value []byte, err error) {
	before := d.sum.Sum(nil)
	tag, err := d.read(1)
	if err != nil {
		return nil, nil, err
	}
	switch tag[0] {
	case rowTag:
		return d.row()
	case endTag:
		return nil, nil, d.trailer(before)
	}
	return nil, nil, damaged("unknown record")
}

func (d *Decoder) row() (key, value []byte, err error) {
	sizes, err := d.read(6)
	if err != nil {
		return nil, nil, err
	}
	keySize, size := binary.BigEndian.Uint16(sizes), binary.BigEndian.Uint32(sizes[2:])
	if keySize > MaxKey || size > MaxValue {
		return nil, nil, damaged("row too large")
	}
	if key, err = d.read(int(keySize)); err != nil {
		return nil, nil, err
	}
	if value, err = d.read(int(size)); err != nil {
		return nil, nil, err
	}
	if string(key) <= string(d.last) {
		return nil, nil, damaged("rows out of order")
	}
	d.last = key
	d.Rows++
	return key, value, nil
}

func (d *Decoder) trailer(sum []byte) error {
	b, err := d.read(8 + sha256.Size)
	if err != nil {
		return err
	}
	if binary.BigEndian.Uint64(b) != d.Rows || string(b[8:]) != string(sum) {
		return damaged("count or sum differs")
	}
	switch _, err := d.r.ReadByte(); {
	case err == nil:
		return damaged("bytes behind the end")
	case !errors.Is(err, io.EOF): // the encryption around it noticed that it was cut
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return io.EOF
}

func (d *Decoder) read(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(d.r, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, damaged("it ends early")
		}
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	d.sum.Write(b)
	return b, nil
}

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }
