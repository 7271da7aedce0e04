package settings_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/settings"
	"conclave/node/nodetest/solo"
)

func some[T any](v T) *T { return &v }

func TestSettingsAreKeptAndToldToTheAccountAlone(t *testing.T) {
	n := solo.Start(t, settings.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	usual := solo.Must[settings.Notifications](n, ana, "notifications.get", feature.Nothing{})
	if !usual.Shown || !usual.Sound || usual.Preview != "all" || len(usual.Hours) != 0 || !usual.PausedUntil.IsZero() {
		t.Errorf("at first: got %+v", usual)
	}
	want := usual
	want.Preview, want.Zone, want.PausedUntil = "none", "Europe/Vienna", n.Now().Add(time.Hour)
	want.Hours = []settings.Quiet{{Days: []int{0, 6}, From: "22:00", To: "07:30"}}
	got := solo.Must[settings.Notifications](n, ana, "notifications.set",
		settings.NotificationsRequest{Preview: &want.Preview, Zone: &want.Zone, PausedUntil: &want.PausedUntil, Hours: want.Hours})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("what was set: got %+v, want %+v", got, want)
	}
	solo.Must[settings.Notifications](n, ana, "notifications.set", settings.NotificationsRequest{Sound: some(false)})
	kept := solo.Must[settings.Notifications](n, ana, "notifications.get", feature.Nothing{})
	if kept.Sound || kept.Preview != "none" || !reflect.DeepEqual(kept.Hours, want.Hours) || !kept.PausedUntil.Equal(want.PausedUntil) {
		t.Errorf("what is kept: got %+v, want what was set before, without a sound", kept)
	}
	solo.Must[settings.Notifications](n, ana, "notifications.set", settings.NotificationsRequest{Hours: []settings.Quiet{}})
	solo.Await(n, ana, "settings.notifications", func(s settings.Notifications) bool { return !s.Sound && len(s.Hours) == 0 })
	solo.Must[settings.Page](n, ana, "page.set", settings.PageRequest{Send: some("ctrl_enter")})
	if got := solo.Must[settings.Page](n, ana, "page.get", feature.Nothing{}); got.Send != "ctrl_enter" || got.Language != "auto" {
		t.Errorf("page: got %+v", got)
	}
	solo.Await(n, ana, "settings.page", func(p settings.Page) bool { return p.Send == "ctrl_enter" })
	if got := solo.Must[settings.Page](n, bo, "page.get", feature.Nothing{}); got.Send != "enter" {
		t.Errorf("page of another: got %+v, want the usual", got)
	}
	if got := solo.Told[settings.Page](n, bo, "settings.page"); len(got) != 0 {
		t.Errorf("another was told %+v", got)
	}
}

func TestDaysThatAreNoneAreRefused(t *testing.T) {
	n := solo.Start(t, settings.Feature())
	ana := n.Account("ana")
	_, err := solo.Call[settings.Notifications](n, ana, "notifications.set",
		settings.NotificationsRequest{Hours: []settings.Quiet{{Days: []int{7}, From: "22:00", To: "07:00"}}})
	if !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("day 7: got %v, want %v", err, feature.ErrBadRequest)
	}
	if got := solo.Must[settings.Notifications](n, ana, "notifications.get", feature.Nothing{}); len(got.Hours) != 0 {
		t.Errorf("after a refusal: got %+v, want none", got.Hours)
	}
}
