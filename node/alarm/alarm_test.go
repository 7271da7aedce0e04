package alarm_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/alarm"
	"conclave/node/feature"
	"conclave/storage"
)

func TestAlarmsGoOffInOrderAtTheirMomentAndAgainWhenTheyFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := storage.Open(storage.Options{InMemory: true})
		if err != nil {
			t.Fatal(err)
		}
		node := storage.NewRealm([16]byte{1}, [32]byte{2}, [32]byte{3})
		reg := feature.NewRegistry()
		clock := alarm.New(store, node, reg, time.Now, slog.New(slog.DiscardHandler))
		start := time.Now()
		type ring struct {
			what string
			at   time.Duration
		}
		var rang []ring
		var one feature.Alarm
		fails := 2
		feature.Install(reg, feature.Services{Alarms: clock}, feature.Feature{Name: "egg", Install: func(h *feature.Host) {
			one = feature.At(h, "timer", func(_ context.Context, p []byte) error {
				rang = append(rang, ring{string(p), time.Since(start).Round(time.Second)})
				if string(p) == "broken" && fails > 0 {
					fails--
					return errors.New("not yet")
				}
				if string(p) == "panics" {
					panic("boiled over")
				}
				return nil
			})
		}})
		if err := store.Update(t.Context(), func(tx feature.Tx) error {
			return errors.Join(
				one.Set(tx, start.Add(2*time.Hour), []byte("late")),
				one.Set(tx, start.Add(3*time.Second), []byte("soft")),
				one.Set(tx, start.Add(2*time.Second), []byte("broken")),
				one.Set(tx, start.Add(-time.Hour), []byte("past")))
		}); err != nil {
			t.Fatal(err)
		}
		if err := store.Update(t.Context(), func(tx feature.Tx) error { return one.Set(tx, start, make([]byte, alarm.MaxPayload+1)) }); err == nil {
			t.Error("a payload over the limit was taken")
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- clock.Run(ctx) }()
		time.Sleep(3 * time.Hour)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		want := []ring{{"past", 0}, {"broken", 2 * time.Second}, {"soft", 3 * time.Second}, {"broken", 62 * time.Second}, {"broken", 122 * time.Second}, {"late", 2 * time.Hour}}
		if len(rang) != len(want) {
			t.Fatalf("rang %v, want %v", rang, want)
		}
		for i := range want {
			if rang[i] != want[i] {
				t.Errorf("alarm %d: got %v, want %v", i, rang[i], want[i])
			}
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
}
