package storage

import (
	"fmt"
)

// The engine looks at the checksum of a block when it reads it. A search that comes to a block which is damaged ends there without a word,
// so that rows would be missing: all blocks are read when a store is opened, or soon after if it is large, and every day.

// verifiedAtOnce is up to which size a store is read whole before it is used, bytes of tables: about 50 ms.
const verifiedAtOnce = 32 << 20

func (s *Store) isLarge() bool {
	lsm, _ := s.db.Size()
	return lsm > verifiedAtOnce
}

// verify reads every block of every table; ErrDamaged for one that is not as it was written.
func (s *Store) verify() (err error) {
	defer func() {
		if v := recover(); v != nil { // the engine does so instead of naming the block
			err = fmt.Errorf("%w: %v", ErrDamaged, v)
		}
	}()
	if err := s.db.VerifyChecksum(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// verifyOpen is verify for a store that is used: damage ends its writing.
func (s *Store) verifyOpen() error {
	err := s.verify()
	if err != nil {
		s.fail(err)
	}
	return err
}
