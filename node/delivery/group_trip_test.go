package delivery

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"conclave/node/delivery/road"
)

func tripOf(seqs ...uint64) *trip {
	t := &trip{}
	for _, s := range seqs {
		t.legs = append(t.legs, leg{row: road.Row{Seq: s}, state: aloft})
		t.seen = s
	}
	return t
}

// answer notes an answer and returns what is told by it, as "1 taken".
func (t *trip) answer(seq uint64, f road.Fate) (out []string) {
	l := t.find(seq)
	l.end(f)
	t.answers++
	l.order = t.answers
	for _, l := range t.told() {
		out = append(out, fmt.Sprint(l.row.Seq, " ", [...]string{"taken", "laid", "refused", "missed"}[l.fate]))
	}
	return out
}

func TestAnswersAreToldInTheOrderOfTheRows(t *testing.T) {
	trip := tripOf(1, 2, 3, 7)
	for _, step := range []struct {
		seq  uint64
		fate road.Fate
		want []string
	}{
		{3, road.Taken, nil},
		{2, road.Refused, nil},
		{1, road.Taken, []string{"1 taken", "2 refused", "3 taken"}},
		{7, road.Laid, []string{"7 laid"}},
	} {
		if got := trip.answer(step.seq, step.fate); !slices.Equal(got, step.want) {
			t.Errorf("after the answer to %d: got %v, want %v", step.seq, got, step.want)
		}
	}
	if len(trip.legs) != 0 || trip.flies() {
		t.Errorf("at the end: got %d rows, flying %v, want none", len(trip.legs), trip.flies())
	}
}

// The node took 2, then all of its members were locked: that 2 is open tells nothing of 1, which it keeps.
func TestWhatWasTakenEarlierDoesNotOpenWhatIsLaidUp(t *testing.T) {
	trip := tripOf(1, 2, 3)
	trip.answer(2, road.Taken)
	if got, want := trip.answer(1, road.Laid), []string{"1 laid", "2 laid"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := trip.answer(3, road.Taken), []string{"3 taken"}; !slices.Equal(got, want) {
		t.Errorf("what was taken after it: got %v, want %v", got, want)
	}
}

func TestARowThatIsPutOffWaitsLongerEachTime(t *testing.T) {
	trip, now := tripOf(1, 2), time.UnixMilli(1_800_000_000_000)
	last := time.Duration(0)
	for range 10 {
		l := trip.find(1)
		l.putOff(now)
		if wait := trip.wait(now, time.Hour); wait < last || wait < firstPause || wait > lastPause {
			t.Fatalf("pause: got %v after %v, want one from %v to %v that grows", wait, last, firstPause, lastPause)
		} else {
			last = wait
		}
		now = l.until
	}
	if last != lastPause {
		t.Errorf("the last pause: got %v, want %v", last, lastPause)
	}
	if trip.wait(now, time.Hour) != time.Hour {
		t.Error("the row is not to be offered when its pause is over")
	}
	trip.skip(1)
	if got := trip.told(); len(got) != 0 || len(trip.legs) != 1 {
		t.Errorf("a row that the node was found to have: got %d told and %d left, want none and one", len(got), len(trip.legs))
	}
}
