package feature

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"conclave/storage"
)

// What the disk refuses a caller hears as such, with the moment to come back; other errors stay what they are.
func TestADiskThatRefusesIsSaid(t *testing.T) {
	other := errors.New("other")
	for _, c := range []struct{ err, want error }{
		{storage.ErrReadOnly, ErrReadOnly}, {storage.ErrDiskFull, ErrDiskFull}, {other, other}, {nil, nil},
	} {
		o := Operation{call: func(context.Context, any) (any, error) {
			if c.err == nil {
				return nil, nil
			}
			return nil, fmt.Errorf("store: %w", c.err)
		}}
		_, err := o.Call(t.Context(), nil)
		if !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", c.err, err, c.want)
		}
		var refused *Error
		if is := errors.As(err, &refused); is != (c.err != nil && c.err != other) || is && (refused.Status != 503 || refused.Retry <= 0) {
			t.Errorf("%v: got the refusal %v", c.err, refused)
		}
	}
}
