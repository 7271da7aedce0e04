package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"conclave/crypto/canon"
	"conclave/storage"
)

// The stream inside the encryption, all numbers big-endian:
//
//	header   'H' be32(length) canonical CBOR of header
//	row      'R' be16(length) be32(length) key value        keys strictly ascending
//	trailer  'T' be64(rows) SHA-256 of everything before 'T'
const (
	format    = 1
	headerTag = 'H'
	rowTag    = 'R'
	endTag    = 'T'
	maxHeader = MaxExtra + 64
)

type header struct {
	_      struct{} `cbor:",toarray"`
	Format uint32
	Schema uint32
	Extra  []byte
}

// encoder writes the stream.
type encoder struct {
	w    *bufio.Writer
	sum  hash.Hash
	rows uint64
}

func newEncoder(w io.Writer, h header) (*encoder, error) {
	e := &encoder{w: bufio.NewWriter(w), sum: sha256.New()}
	b, err := canon.Marshal(h)
	if err != nil {
		return nil, err
	}
	prefix := binary.BigEndian.AppendUint32([]byte{headerTag}, uint32(len(b)))
	return e, e.write(prefix, b)
}

func (e *encoder) row(k storage.Key, sealed []byte) error {
	e.rows++
	prefix := binary.BigEndian.AppendUint16([]byte{rowTag}, uint16(len(k)))
	prefix = binary.BigEndian.AppendUint32(prefix, uint32(len(sealed)))
	return e.write(prefix, []byte(k), sealed)
}

func (e *encoder) end() error {
	sum := e.sum.Sum(nil)
	if err := e.write(binary.BigEndian.AppendUint64([]byte{endTag}, e.rows), sum); err != nil {
		return err
	}
	return e.w.Flush()
}

func (e *encoder) write(parts ...[]byte) error {
	for _, p := range parts {
		e.sum.Write(p)
		if _, err := e.w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// decoder reads the stream. It holds one row at a time.
type decoder struct {
	r    *bufio.Reader
	sum  hash.Hash
	rows uint64
	last storage.Key
	header
}

func newDecoder(r io.Reader) (*decoder, error) {
	d := &decoder{r: bufio.NewReader(r), sum: sha256.New()}
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
	if d.header, err = canon.Unmarshal[header](b); err != nil {
		return nil, damaged("header: " + err.Error())
	}
	if d.Format > format || d.Schema > storage.Schema {
		return nil, fmt.Errorf("backup of format %d, schema %d: %w", d.Format, d.Schema, storage.ErrNewer)
	}
	if d.Format != format || d.Schema != storage.Schema || len(d.Extra) > MaxExtra {
		return nil, damaged(fmt.Sprintf("format %d, schema %d, %d extra bytes", d.Format, d.Schema, len(d.Extra)))
	}
	return d, nil
}

// next returns the next row, and io.EOF only behind a trailer that fits.
func (d *decoder) next() (storage.Key, []byte, error) {
	before := d.sum.Sum(nil)
	tag, err := d.read(1)
	if err != nil {
		return "", nil, err
	}
	switch tag[0] {
	case rowTag:
		return d.row()
	case endTag:
		return "", nil, d.trailer(before)
	}
	return "", nil, damaged("unknown record")
}

func (d *decoder) row() (storage.Key, []byte, error) {
	sizes, err := d.read(6)
	if err != nil {
		return "", nil, err
	}
	keySize, size := int(binary.BigEndian.Uint16(sizes)), int64(binary.BigEndian.Uint32(sizes[2:]))
	if keySize > storage.MaxKey || size > storage.MaxSealed {
		return "", nil, damaged("row too large")
	}
	key, err := d.read(keySize)
	if err != nil {
		return "", nil, err
	}
	sealed, err := d.read(int(size))
	if err != nil {
		return "", nil, err
	}
	k := storage.Key(key)
	if k <= d.last {
		return "", nil, damaged("rows out of order")
	}
	d.last = k
	d.rows++
	return k, sealed, nil
}

func (d *decoder) trailer(sum []byte) error {
	b, err := d.read(8 + sha256.Size)
	if err != nil {
		return err
	}
	if binary.BigEndian.Uint64(b) != d.rows || string(b[8:]) != string(sum) {
		return damaged("count or sum differs")
	}
	if _, err := d.r.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("bytes behind the end")
	}
	return io.EOF
}

func (d *decoder) read(n int) ([]byte, error) {
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
