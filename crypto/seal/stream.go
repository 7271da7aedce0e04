package seal

import (
	"errors"
	"fmt"
	"io"
)

// Writer seals a file as it is written. Nothing is complete before Close. It is not safe for concurrent use.
type Writer struct {
	chunks *Chunks
	dst    io.Writer
	plain  []byte
	sealed []byte
	index  uint64
	size   uint64
	err    error
}

var errClosed = errors.New("write after close")

// NewWriter writes a random salt to dst and returns a Writer that seals to it under fileKey.
func NewWriter(rand io.Reader, fileKey *[32]byte, dst io.Writer) (*Writer, error) {
	var salt [SaltSize]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return nil, fmt.Errorf("draw file salt: %w", err)
	}
	if _, err := dst.Write(salt[:]); err != nil {
		return nil, fmt.Errorf("write file salt: %w", err)
	}
	return &Writer{chunks: NewChunks(fileKey, &salt), dst: dst, plain: make([]byte, 0, ChunkSize)}, nil
}

// Write implements io.Writer. A full chunk is written when the byte after it is known.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	total := len(p)
	for len(p) > 0 {
		if len(w.plain) == ChunkSize {
			if err := w.flush(false); err != nil {
				return total - len(p), err
			}
		}
		n := min(ChunkSize-len(w.plain), len(p))
		w.plain = append(w.plain, p[:n]...)
		w.size += uint64(n)
		p = p[n:]
	}
	return total, nil
}

// Pad writes zeros until the length is Padme of the bytes written so far. The reader is told the true length elsewhere.
func (w *Writer) Pad() error {
	zeros := make([]byte, 4<<10)
	for left := Padme(w.size) - w.size; left > 0; {
		n := min(left, uint64(len(zeros)))
		if _, err := w.Write(zeros[:n]); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

// Close writes the last chunk. It does not close dst. A second Close is an error.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if err := w.flush(true); err != nil {
		return err
	}
	w.err = errClosed
	return nil
}

func (w *Writer) flush(last bool) error {
	w.sealed = w.chunks.Seal(w.sealed[:0], w.index, last, w.plain)
	if _, err := w.dst.Write(w.sealed); err != nil {
		w.err = fmt.Errorf("write chunk %d: %w", w.index, err)
		return w.err
	}
	w.plain = w.plain[:0]
	w.index++
	return nil
}

// Reader opens a sealed file. Bytes are released only once their chunk has been authenticated; io.EOF only once the last
// chunk has. It is not safe for concurrent use.
type Reader struct {
	chunks *Chunks
	src    io.Reader
	buf    []byte // one sealed chunk and the byte after it
	held   int    // bytes in buf
	plain  []byte // opened and not yet read
	index  uint64
	err    error
}

// NewReader reads the salt from src and returns a Reader that opens what follows with fileKey.
func NewReader(fileKey *[32]byte, src io.Reader) (*Reader, error) {
	var salt [SaltSize]byte
	if _, err := io.ReadFull(src, salt[:]); err != nil {
		return nil, cutShort("read file salt", err)
	}
	return &Reader{chunks: NewChunks(fileKey, &salt), src: src, buf: make([]byte, SealedChunkSize+1)}, nil
}

// Read implements io.Reader. Its errors are io.EOF, ErrFile, or those of the source, wrapped.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.plain) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		r.next()
	}
	n := copy(p, r.plain)
	r.plain = r.plain[n:]
	return n, nil
}

// next opens one chunk. The byte read beyond a full chunk tells whether it is the last one.
func (r *Reader) next() {
	n, err := io.ReadFull(r.src, r.buf[r.held:])
	r.held += n
	last := err == io.EOF || err == io.ErrUnexpectedEOF
	if err != nil && !last {
		r.err = fmt.Errorf("read chunk %d: %w", r.index, err)
		return
	}
	end := min(r.held, SealedChunkSize)
	plain, err := r.chunks.Open(r.plain[:0], r.index, last, r.buf[:end])
	if err != nil {
		r.err = err
		return
	}
	r.plain = plain
	r.index++
	if last {
		r.err = io.EOF
		return
	}
	r.buf[0], r.held = r.buf[SealedChunkSize], 1
}

func cutShort(doing string, err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return ErrFile
	}
	return fmt.Errorf("%s: %w", doing, err)
}
