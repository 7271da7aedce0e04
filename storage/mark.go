package storage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
)

// The engine takes a damaged end of its log, or a list of tables that was cut, for what a crash left, and goes on without what stood
// behind. So each batch writes its number into a row, and, once it is on the disk, into a file beside: rows that fall behind the file are
// lost. The file is not synced: a kill leaves it exact, and after a power cut it says less than there is, never more.

// ErrDamaged means that files of the store are not as they were left.
var ErrDamaged = errors.New("the data folder is damaged")

const (
	markFile  = "mark"
	listBytes = 8 + 1 + 4
	markBytes = 8 + len(lists)*listBytes + 4
	headBytes = 64 // of a list, by which one is known from another
)

// commitKey is a plain row with the number of the last batch.
var commitKey = []byte(new(Realm).Key(Meta, Fixed([]byte("commit"))))

// mark is the file. Its fields belong to the committer once the store is open; a nil mark does nothing.
type mark struct {
	dir   string
	file  *os.File
	last  uint64 // number of the last batch on the disk
	lists [len(lists)]list
}

// lists are files of the engine without which it does not know others: its tables, and the keys of these.
var lists = [...]string{badger.ManifestFilename, badger.KeyRegistryFileName}

// list is how a list looked. It only grows; now and then the engine begins another.
type list struct {
	size uint64
	read uint8 // how many bytes at its beginning head was made of
	head uint32
}

// listOf looks at a list. It begins as it was, unless it is shorter.
func listOf(name string, was list) (l list, err error) {
	st, err := os.Stat(name)
	if err != nil {
		return l, err
	}
	l = was
	if l.size = uint64(st.Size()); was.read == headBytes && l.size >= was.size {
		return l, nil
	}
	l.read = uint8(min(l.size, headBytes))
	l.head, err = headOf(name, l.read)
	return l, err
}

func headOf(name string, n uint8) (uint32, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	b := make([]byte, n)
	if _, err := io.ReadFull(f, b); err != nil {
		return 0, err
	}
	return crc32.ChecksumIEEE(b), nil
}

// check refuses a list that was longer once.
func (l list) check(name string) error {
	if l.size == 0 {
		return nil
	}
	now, err := listOf(name, list{})
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrDamaged, filepath.Base(name))
	}
	if err != nil || now.size >= l.size {
		return err
	}
	if now.size >= uint64(l.read) {
		if head, err := headOf(name, l.read); err != nil || head != l.head {
			return err // another list
		}
	}
	return fmt.Errorf("%w: %s is cut", ErrDamaged, filepath.Base(name))
}

// openMark reads the mark of a folder. One that does not read is no mark: the store says nothing about what it lost.
func openMark(dir string) (*mark, error) {
	f, err := os.OpenFile(filepath.Join(dir, markFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the mark of %s: %w", dir, err)
	}
	m := &mark{dir: dir, file: f}
	var b [markBytes]byte
	sum := len(b) - 4
	if n, _ := f.ReadAt(b[:], 0); n < len(b) || binary.BigEndian.Uint32(b[sum:]) != crc32.ChecksumIEEE(b[:sum]) {
		return m, nil
	}
	m.last = binary.BigEndian.Uint64(b[:])
	for i := range m.lists {
		at := b[8+i*listBytes:]
		m.lists[i] = list{binary.BigEndian.Uint64(at), at[8], binary.BigEndian.Uint32(at[9:])}
	}
	return m, nil
}

func (m *mark) set(last uint64) error {
	if m == nil {
		return nil
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, markBytes), last)
	for i, name := range lists {
		l, err := listOf(filepath.Join(m.dir, name), m.lists[i])
		if err != nil {
			return err
		}
		m.lists[i] = l
		b = append(binary.BigEndian.AppendUint64(b, l.size), l.read)
		b = binary.BigEndian.AppendUint32(b, l.head)
	}
	m.last = last
	_, err := m.file.WriteAt(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), 0)
	return err
}

func (m *mark) close() error {
	if m == nil {
		return nil
	}
	return m.file.Close()
}

// checkFiles finds damage on which the engine would panic, or which it would make worse by opening the folder.
func (m *mark) checkFiles(dir string, acceptLoss bool) error {
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := checkTable(t); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, filepath.Base(t), err)
		}
	}
	for i, l := range m.lists {
		if acceptLoss {
			break
		}
		if err := l.check(filepath.Join(dir, lists[i])); err != nil {
			return err
		}
	}
	return nil
}

// checkTable reads the end of a table as the engine does, which takes the lengths there for good.
func checkTable(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	left := st.Size()
	length := func() (uint32, error) {
		var b [4]byte
		if left -= 4; left < 0 {
			return 0, errors.New("it is cut")
		}
		_, err := f.ReadAt(b[:], left)
		return binary.BigEndian.Uint32(b[:]), err
	}
	for range 2 { // the checksum, then the index
		n, err := length()
		if err != nil {
			return err
		}
		if left -= int64(n); left < 0 {
			return errors.New("its end is not that of a table")
		}
	}
	return nil
}

// checkCommits finds whether batches are lost that were reported as stored. With accept the store goes on without them.
func (s *Store) checkCommits(dir string, accept bool) error {
	if s.mark == nil {
		return nil
	}
	last, err := s.commitRow()
	if err != nil {
		return err
	}
	if last < s.mark.last {
		lost := fmt.Errorf("%w: of %d commits the last %d are lost", ErrDamaged, s.mark.last, s.mark.last-last)
		if !accept {
			return fmt.Errorf("open %s: %w", dir, lost)
		}
		s.log.Error("what was stored last is lost, as was accepted", "err", lost)
	}
	return s.mark.set(last)
}

// commitRow is 0 for a store without one.
func (s *Store) commitRow() (uint64, error) {
	t := s.db.NewTransactionAt(s.pending.committed, false)
	defer t.Discard()
	item, err := t.Get(commitKey)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the number of the last commit: %w", err)
	}
	b, err := item.ValueCopy(nil)
	if err != nil || len(b) != 8 {
		return 0, fmt.Errorf("read the number of the last commit: %w", ErrCorrupt)
	}
	return binary.BigEndian.Uint64(b), nil
}
